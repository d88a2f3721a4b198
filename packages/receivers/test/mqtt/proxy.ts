/** A way to the broker that can be cut, stalled, and that can keep what a client says from it. */
import { Effect } from "effect"
import { connect, createServer, type Socket } from "node:net"
import { url } from "./broker.ts"

export interface Proxy {
  readonly url: string
  /** Breaks all connections. */
  readonly cut: () => void
  /** Nothing goes through any more, and connections stay. */
  readonly stall: () => void
  /** What the client sends next goes through where this says so, and breaks its connection else. */
  readonly filter: (passes: (data: Buffer) => boolean) => void
  /** How many connections there were, and how many are open. */
  readonly connections: () => { readonly all: number; readonly open: number }
}

export const proxied = (to = url) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly proxy: Proxy; readonly close: () => void }>((resume) => {
      const target = new URL(to)
      const sockets = new Set<Socket>()
      let all = 0
      let open = 0
      let isStalled = false
      let passes = (_data: Buffer): boolean => true
      const cut = () => {
        for (const socket of sockets) socket.destroy()
      }
      const server = createServer((client) => {
        const upstream = connect(Number(target.port || 1883), target.hostname)
        all++
        open++
        client.once("close", () => open--)
        for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
          sockets.add(one)
          one.on("error", () => other.destroy())
          one.on("close", () => {
            sockets.delete(one)
            if (!isStalled) other.destroy()
          })
          one.on("data", (data: Buffer) => {
            if (isStalled) return
            if (one === client && !passes(data)) client.destroy()
            else other.write(data)
          })
        }
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const proxy: Proxy = {
          url: `mqtt://127.0.0.1:${port}`,
          cut,
          stall: () => {
            isStalled = true
          },
          filter: (f) => {
            passes = f
          },
          connections: () => ({ all, open })
        }
        resume(Effect.succeed({
          proxy,
          close: () => {
            server.close()
            cut()
          }
        }))
      })
    }),
    ({ close }) => Effect.sync(close)
  ).pipe(Effect.map(({ proxy }) => proxy))
