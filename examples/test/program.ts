/** Runs an example as its user does, in a process of its own, and serves it text over a real socket. */
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { createServer, type Socket } from "node:net"
import { join } from "node:path"

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A process that has been started. It is killed when the scope closes before it has ended. */
export class Program {
  readonly #child: ChildProcess
  #stdout = ""
  #stderr = ""
  #look = () => {}
  readonly #closed: Promise<number | null>

  constructor(file: string, args: ReadonlyArray<string>) {
    const path = join(import.meta.dirname, "..", file)
    const command = ["--conditions=@millrace/source", path, ...args]
    this.#child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] })
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text
      this.#look()
    })
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text
      this.#look()
    })
    this.#closed = new Promise((resolve) => this.#child.once("close", resolve))
  }

  /** Waits until what was written to standard output or standard error holds the text. */
  readonly says = (text: string): Effect.Effect<void> =>
    Effect.callback((resume) => {
      this.#look = () => {
        if ((this.#stdout + this.#stderr).includes(text)) resume(Effect.void)
      }
      this.#look()
    })

  readonly signal = (signal: NodeJS.Signals): Effect.Effect<void> => Effect.sync(() => void this.#child.kill(signal))

  /** Reads no further, as `head` does. */
  readonly closeOutput: Effect.Effect<void> = Effect.sync(() => void this.#child.stdout?.destroy())

  readonly ended: Effect.Effect<Ended> = Effect.map(
    Effect.promise(() => this.#closed),
    (code) => ({ code, stdout: this.#stdout, stderr: this.#stderr.replaceAll(/^.* level=INFO .*\n/gm, "") })
  )
}

export const start = (file: string, args: ReadonlyArray<string> = []) =>
  Effect.acquireRelease(Effect.sync(() => new Program(file, args)), (program) => program.signal("SIGKILL"))

/** Runs to the end. */
export const run = (file: string, args: ReadonlyArray<string> = []) =>
  Effect.scoped(Effect.flatMap(start(file, args), (program) => program.ended))

/** A server on a free port of 127.0.0.1 that does something with each connection; gives the port. */
export const serve = (onConnection: (socket: Socket) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const sockets = new Set<Socket>()
        const server = createServer((socket) => {
          sockets.add(socket)
          socket.on("error", () => {})
          onConnection(socket)
        })
        server.once("close", () => {
          for (const socket of sockets) socket.destroy()
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => {
      const address = server.address()
      return typeof address === "object" && address !== null ? address.port : 0
    }
  )
