/** Asks a silent broker whether it is there, and ends the connection when it is not. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Connection } from "./Connection.ts"
import { TimedOut } from "./MqttError.ts"

/**
 * Says something often enough for the broker to keep the connection, also while nothing is read because there is no
 * room. Only a broker that is read can be called silent. Zero, which a broker may ask for, is never.
 */
export const keepAlive = (connection: Connection, millis: number): Effect.Effect<void> =>
  Effect.gen(function*() {
    if (millis <= 0) return
    const clock = yield* Clock.Clock
    let asked = -Infinity
    while (connection.ended === undefined) {
      const now = clock.currentTimeMillisUnsafe()
      const left = connection.isReading ? connection.lastHeard + millis - now : millis
      if (left <= 0) return connection.end(new TimedOut({ during: "ping", millis }))
      if (now - asked >= millis / 2) {
        asked = now
        connection.send({ cmd: "pingreq" })
      }
      yield* Effect.sleep(Math.max(1, Math.min(left, asked + millis / 2 - now)))
    }
  })
