/** What is started once for all the processes of a test run: asked for at the process that runs them. */
import * as net from "node:net"
import type { Found } from "./Service.ts"

/** Where the process that runs the tests listens. */
export const hubVariable = "MILLRACE_TEST_SERVICES"

/** Looks by itself where there is no such process, or where it does not know the name. */
export const shared = <A>(name: string, find: () => Promise<Found<A>>) => async (): Promise<Found<A>> => {
  const port = process.env[hubVariable]
  if (port === undefined) return find()
  const answer: Found<A> | undefined = JSON.parse(await ask(Number(port), name))
  return answer ?? find()
}

const ask = (port: number, name: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host: "127.0.0.1", port })
    let answer = ""
    socket.setEncoding("utf8")
    socket.on("connect", () => socket.write(`${name}\n`))
    socket.on("data", (text) => answer += text)
    socket.on("error", reject)
    socket.on("end", () => resolve(answer === "" ? "null" : answer))
  })
