/** Serves lines to whoever connects: each line to one connection and never again, as a sensor would. */
import { createServer, type Socket } from "node:net"

export interface Sender {
  readonly port: number
  /** How many lines were sent. */
  readonly sent: () => number
  /** Sends as fast as the other side reads from now on. */
  readonly hurry: () => void
  readonly close: () => void
}

const tickMillis = 20

/** Closes the connection after the last line. While nobody is connected, no lines are lost. */
export const serve = async (lines: ReadonlyArray<string>, rate: number): Promise<Sender> => {
  let sent = 0
  let pace = 1
  let current: Socket | undefined
  const server = createServer((socket) => {
    current = socket
    const leave = () => {
      if (current === socket) current = undefined
    }
    socket.on("error", leave)
    socket.on("close", leave)
  })
  const timer = setInterval(() => {
    if (current === undefined || current.writableNeedDrain) return
    const next = lines.slice(sent, sent + Math.ceil(pace * rate * tickMillis / 1_000))
    sent += next.length
    if (next.length > 0) current.write(`${next.join("\n")}\n`)
    if (sent === lines.length) current.end()
  }, tickMillis)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    sent: () => sent,
    hurry: () => {
      pace = 10
    },
    close: () => {
      clearInterval(timer)
      current?.destroy()
      server.close()
    }
  }
}
