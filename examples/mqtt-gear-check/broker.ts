/** The Mosquitto that runs on this machine, or an installed one for as long as the example runs. */
import { Data, Effect, Schedule, type Scope } from "effect"
import { spawn } from "node:child_process"
import { connect, createServer } from "node:net"

export class NoBroker extends Data.TaggedError("NoBroker") {
  override readonly message = "No MQTT broker: install mosquitto, or name one as the second argument"
}

const usualPort = 1883

const answers = (port: number): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const socket = connect({ host: "127.0.0.1", port })
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.succeed(true))
    })
    socket.once("error", () => resume(Effect.succeed(false)))
    return Effect.sync(() => socket.destroy())
  })

const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** Debian keeps it where only the superuser looks. */
const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`

const start = (port: number): Effect.Effect<void, NoBroker, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn("mosquitto", ["-p", String(port)], { stdio: "ignore", env: { ...process.env, PATH: path } })),
      (child) => Effect.sync(() => child.kill())
    )
    const missing = Effect.callback<never, NoBroker>((resume) => {
      child.once("error", () => resume(Effect.fail(new NoBroker())))
      child.once("exit", () => resume(Effect.fail(new NoBroker())))
    })
    const there = Effect.repeat(answers(port), { until: (isThere) => isThere, schedule: Schedule.spaced("20 millis") })
    yield* Effect.raceFirst(there, missing)
  })

/** Its url. */
export const broker: Effect.Effect<string, NoBroker, Scope.Scope> = Effect.gen(function*() {
  if (yield* answers(usualPort)) return `mqtt://127.0.0.1:${usualPort}`
  const port = yield* freePort
  yield* start(port)
  return `mqtt://127.0.0.1:${port}`
})
