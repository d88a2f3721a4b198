/** Sends the documentation that Effect ships, over and over, to whoever connects. Real text, over a real socket. */
import { Clock, Data, Effect, Schedule } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { createServer, type Server, type Socket } from "node:net"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export class FeederError extends Data.TaggedError("FeederError")<{ readonly cause: unknown }> {
  override get message() {
    return `The feeder could not start: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

export interface Feeder {
  readonly port: number
  readonly files: number
  readonly lines: number
}

/** How often it sends; in between, lines become due, and no more of them than this time's worth. */
const beatMillis = 20
const owedMillisMax = 100

/** Listens on a free port of 127.0.0.1 for as long as the scope is open. */
export const start = (linesPerSecond: number) =>
  Effect.gen(function*() {
    const { files, lines } = yield* readText
    const context = yield* Effect.context<never>()
    const server = yield* Effect.acquireRelease(
      listen((socket) => {
        const fiber = Effect.runForkWith(context)(feed(socket, lines, linesPerSecond))
        socket.on("close", () => fiber.interruptUnsafe())
        socket.on("error", () => fiber.interruptUnsafe())
      }),
      (server) => Effect.sync(() => server.close())
    )
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    return { port, files, lines: lines.length }
  })

const readText = Effect.try({
  try: () => {
    const root = dirname(fileURLToPath(import.meta.resolve("effect/package.json")))
    const found = readdirSync(join(root, "ai-docs"), { recursive: true, encoding: "utf8" }).sort()
    const documents = found.filter((name) => name.endsWith(".md")).map((name) => join("ai-docs", name))
    const names = ["README.md", "AGENTS.md", ...documents]
    return { files: names.length, lines: names.flatMap((name) => readFileSync(join(root, name), "utf8").split("\n")) }
  },
  catch: (cause) => new FeederError({ cause })
})

const listen = (onConnection: (socket: Socket) => void) =>
  Effect.callback<Server, FeederError>((resume) => {
    const server = createServer(onConnection)
    server.once("error", (cause) => resume(Effect.fail(new FeederError({ cause }))))
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  })

/** What is due goes out at each beat; what could not go out because the reader was slow is not made up for. */
const feed = (socket: Socket, lines: ReadonlyArray<string>, linesPerSecond: number) =>
  Effect.gen(function*() {
    let next = 0
    let owed = 1
    let last = yield* Clock.currentTimeMillis
    const beat = Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      owed = Math.min(owed + (now - last) * linesPerSecond / 1000, Math.max(1, owedMillisMax * linesPerSecond / 1000))
      last = now
      const due = Math.floor(owed)
      if (due === 0) return
      owed -= due
      const text = Array.from({ length: due }, (_, index) => lines[(next + index) % lines.length] ?? "")
      next = (next + due) % lines.length
      if (!socket.write(`${text.join("\n")}\n`)) yield* drained(socket)
    })
    yield* Effect.repeat(beat, Schedule.spaced(beatMillis))
  })

const drained = (socket: Socket) =>
  Effect.callback<void>((resume) => {
    socket.once("drain", () => resume(Effect.void))
  })
