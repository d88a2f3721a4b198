import { spawn } from "node:child_process"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { createServer } from "node:net"

/** The first program of a document: its first fenced block of TypeScript. */
export const firstProgram = (document: string): string => {
  const program = /^```ts\b[^\n]*\n([\s\S]*?)^```/m.exec(document)?.[1]
  if (program === undefined) throw new Error("the document has no ts program")
  return program
}

/** The same program with another port, for whoever serves it. */
export const atPort = (program: string, port: number): string => program.replace(/(\bport:\s*)\d[\d_]*/g, `$1${port}`)

/** Gives its lines to whoever connects, and keeps the connection. */
export const serveLines = async (lines: ReadonlyArray<string>) => {
  const server = createServer((socket) => {
    socket.on("error", () => {})
    socket.write(lines.map((line) => `${line}\n`).join(""))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a listening TCP server has no other address
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

/** Runs a program until its output shows what is awaited, then asks it to drain; gives its exit code and output. */
export const runUntil = async (node: string, file: string, cwd: string, awaited: RegExp, timeoutMillis: number) => {
  const child = spawn(node, [file], { cwd, stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  const listen = (chunk: Buffer) => {
    const before = awaited.test(output)
    output += chunk.toString()
    if (!before && awaited.test(output)) child.kill("SIGTERM")
  }
  child.stdout.on("data", listen)
  child.stderr.on("data", listen)
  const deadline = setTimeout(() => child.kill("SIGKILL"), timeoutMillis)
  const [code] = await once(child, "exit")
  clearTimeout(deadline)
  return { code: Number(code ?? -1), output, seen: awaited.test(output) }
}
