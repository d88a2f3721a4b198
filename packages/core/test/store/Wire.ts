/** A way to the server that a test can cut: it carries bytes, keeps them back, or loses the answers. */
import { Effect } from "effect"
import * as net from "node:net"

export interface Wire {
  readonly host: string
  readonly port: number
  /** `holding`: nothing goes on any more, in neither direction. `mute`: what is asked arrives, and the answer ends the connection. */
  state: "carrying" | "holding" | "mute"
}

/** To the server of the URL, until the scope closes. */
export const makeWire = (url: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => listen(new URL(url))),
      ({ close }) => Effect.promise(close)
    ),
    ({ wire }) => wire
  )

const listen = (target: URL): Promise<{ readonly wire: Wire; readonly close: () => Promise<void> }> => {
  const open = new Set<net.Socket>()
  const keep = (socket: net.Socket): net.Socket => {
    open.add(socket)
    socket.once("close", () => open.delete(socket))
    socket.on("error", () => socket.destroy())
    return socket
  }
  const server = net.createServer((client) => {
    keep(client)
    const upstream = keep(net.connect(Number(target.port || 5432), target.hostname))
    client.on("data", (bytes) => {
      if (wire.state !== "holding") upstream.write(bytes)
    })
    upstream.on("data", (bytes) => {
      if (wire.state === "carrying") client.write(bytes)
      else if (wire.state === "mute") client.destroy()
    })
    client.once("close", () => {
      if (wire.state !== "holding") upstream.destroy()
    })
    upstream.once("close", () => client.destroy())
  })
  let wire: Wire
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      wire = { host: "127.0.0.1", port, state: "carrying" }
      const close = () =>
        new Promise<void>((done) => {
          for (const socket of open) socket.destroy()
          server.close(() => done())
        })
      resolve({ wire, close })
    })
  )
}

/** The same database through the wire. */
export const through = (url: string, { host, port }: Wire): string => {
  const changed = new URL(url)
  changed.hostname = host
  changed.port = String(port)
  return changed.href
}
