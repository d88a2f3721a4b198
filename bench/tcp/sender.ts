/**
 * Sends so many lines to whoever connects, for so many connections, then ends. Run as a process of its own, so that the
 * receiver's CPU time is the receiver's. It says on which port it listens, on loopback only.
 */
import * as net from "node:net"

const [lines = 0, connections = 0] = process.argv.slice(2).map(Number)
const linesPerBlock = 2_000
const block = Buffer.from(
  Array.from({ length: linesPerBlock }, (_, index) => `I am a dummy source ${index % 8}\n`).join("")
)
const patienceMillis = 120_000

let served = 0
const server = net.createServer((socket) => {
  let left = lines / linesPerBlock
  const send = () => {
    while (left > 0) {
      left--
      if (!socket.write(block)) {
        socket.once("drain", send)
        return
      }
    }
    socket.end()
  }
  socket.on("error", () => socket.destroy())
  socket.on("close", () => {
    if (++served === connections) server.close()
  })
  send()
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object" && address !== null) console.log(address.port)
})

setTimeout(() => process.exit(1), patienceMillis).unref()
process.on("disconnect", () => process.exit(0))
