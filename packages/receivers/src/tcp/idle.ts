/** Ends connections on which nothing comes. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Connection } from "./Connection.ts"
import { TimedOut } from "./TcpError.ts"

type Idling = Pick<Connection<unknown>, "isReading" | "lastRead" | "end">

/** One connection ends in time; of many, those whose time is up within this part of the timeout end together. */
const slack = 1 / 16

/**
 * Ends each connection on which no byte came for `timeout` while it was read. A connection that is not read, because
 * the pipeline has no room, is not idle. Runs until it is interrupted.
 */
export const watchIdle = (
  connections: () => Iterable<Idling>,
  timeout: Duration.Input
): Effect.Effect<never> =>
  Effect.gen(function*() {
    const clock = yield* Clock.Clock
    const millis = Duration.toMillis(timeout)
    if (!Number.isFinite(millis)) return yield* Effect.never
    for (;;) {
      const now = clock.currentTimeMillisUnsafe()
      let next = now + millis
      for (const connection of connections()) {
        if (!connection.isReading) continue
        const due = connection.lastRead + millis
        if (due <= now) connection.end(() => new TimedOut({ during: "read", millis }))
        else next = Math.min(next, due)
      }
      yield* Effect.sleep(Duration.millis(Math.max(next - now, millis * slack, 1)))
    }
  })
