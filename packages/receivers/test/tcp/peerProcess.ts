/** A sender in a process of its own, to be killed: `node peerProcess.ts <port>`. Messages say what to write. */
import * as net from "node:net"

/** Lines `first` to `last`, then `tail` as it is. */
export interface Order {
  readonly first: number
  readonly last: number
  readonly tail: string
}

const isOrder = (message: unknown): message is Order =>
  typeof message === "object" && message !== null && "first" in message && "last" in message && "tail" in message

const server = net.createServer()
const connected = new Promise<net.Socket>((resolve) => server.once("connection", resolve))
server.on("connection", (socket) => socket.on("error", () => {}))
server.listen(Number(process.argv[2]), "127.0.0.1", () => {
  const address = server.address()
  if (address !== null && typeof address === "object") process.send?.(address.port)
})

process.on("message", async (message) => {
  if (!isOrder(message)) return
  const { first, last, tail } = message
  const lines = Array.from({ length: last - first + 1 }, (_, index) => `line ${first + index}\n`)
  const socket = await connected
  socket.write(lines.join("") + tail, () => process.send?.("written"))
})
process.on("disconnect", () => process.exit())
