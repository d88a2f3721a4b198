/** Whether a Kafka answers, asked by the one request that every version understands. */
import * as net from "node:net"

/** ApiVersions, version 0, correlation 1, no client id. */
const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff])

const waitMillis = 2_000

/** Nothing, or what is wrong with the server at "host:port"; of several the first is asked. */
export const problemAt = (url: string): Promise<string | undefined> => {
  const [host = "", port] = (url.split(",")[0] ?? "").split(":")
  return new Promise((resolve) => {
    const socket = net.connect({ host, port: Number(port ?? 9092) })
    const end = (problem: string | undefined) => {
      socket.destroy()
      resolve(problem)
    }
    let answer = Buffer.alloc(0)
    socket.setTimeout(waitMillis, () => end(`no answer in ${waitMillis} ms`))
    socket.on("connect", () => socket.write(request))
    socket.on("error", (error) => end(error.message))
    socket.on("close", () => end("it closes the connection"))
    socket.on("data", (data) => {
      answer = Buffer.concat([answer, data])
      if (answer.length < 10) return
      end(answer.readInt32BE(4) === 1 && answer.readInt16BE(8) === 0 ? undefined : "what answers is no Kafka")
    })
  })
}
