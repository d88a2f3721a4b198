/** A way to the server that can lose what comes back. */
import { Effect } from "effect"
import { connect, createServer, type Socket } from "node:net"

export interface Proxy {
  readonly url: string
  /** From now on the first message to the server that holds these bytes goes through, and the connection is cut after. */
  readonly cutAfter: (bytes: string) => void
  readonly cuts: () => number
  /** From now on nothing that the server says comes through. */
  readonly silence: () => void
}

/** To the server at a URL. */
export const proxiedTo = (url: string) => Effect.acquireRelease(
  Effect.callback<{ readonly proxy: Proxy; readonly close: () => void }>((resume) => {
    const target = new URL(url)
    const sockets = new Set<Socket>()
    let wanted: string | undefined = undefined
    let cuts = 0
    let isSilent = false
    const server = createServer((client) => {
      const upstream = connect(Number(target.port || (target.protocol === "mysql:" ? 3306 : 5432)), target.hostname)
      sockets.add(client).add(upstream)
      let isCut = false
      client.on("data", (data) => {
        upstream.write(data)
        if (wanted === undefined || !data.includes(wanted)) return
        wanted = undefined
        isCut = true
      })
      upstream.on("data", (data) => {
        if (isSilent) return true
        if (!isCut) return client.write(data)
        // The server has answered, so it has done what it was asked; nobody hears of it.
        cuts++
        client.destroy()
        upstream.destroy()
        return true
      })
      for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
        one.on("error", () => other.destroy())
        one.on("close", () => other.destroy())
      }
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const through = new URL(url)
      through.port = String(typeof address === "object" && address !== null ? address.port : 0)
      through.hostname = "127.0.0.1"
      resume(Effect.succeed({
        proxy: {
          url: through.href,
          cutAfter: (bytes) => {
            wanted = bytes
          },
          cuts: () => cuts,
          silence: () => {
            isSilent = true
          }
        },
        close: () => {
          for (const socket of sockets) socket.destroy()
          server.close()
        }
      }))
    })
  }),
  ({ close }) => Effect.sync(close)
).pipe(Effect.map(({ proxy }) => proxy))
