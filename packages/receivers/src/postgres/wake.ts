/** What ends a pause between two polls: a notification, or the time. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { SqlClient } from "effect/sql/SqlClient"
import { listenerOf } from "./driver.ts"
import type { Tally } from "./metrics.ts"
import type { RowsOptions } from "./Options.ts"
import { InvalidOption, PostgresError } from "./PostgresError.ts"

const pollDefault = "1 second"

/** Gives the pause. A connection that listens and is lost is made again, and polling goes on meanwhile. */
export const waking = (
  sql: SqlClient,
  { name, notify, pollInterval }: RowsOptions<unknown>,
  tally: Tally
): Effect.Effect<Effect.Effect<void>, PostgresError, Scope.Scope> =>
  Effect.gen(function*() {
    const pause = Effect.sleep(Duration.fromInputUnsafe(pollInterval ?? pollDefault))
    if (notify === undefined) return pause
    const listen = listenerOf(sql, notify)
    if (listen === undefined) {
      const expected = "left out, or the client one of @effect/sql-pg"
      return yield* new PostgresError({ source: name, reason: new InvalidOption({ option: "notify", expected }) })
    }
    const woken = yield* Queue.sliding<void>(1)
    const wake = () => void Queue.offerUnsafe(woken, undefined)
    const hear = Effect.scoped(Effect.flatMap(listen, (notifications) => {
      tally.listening()
      // What was notified before it listened is found by looking.
      wake()
      return Effect.forever(Effect.map(Queue.takeAll(notifications), () => {
        tally.woken()
        wake()
      }))
    }))
    yield* Effect.forkScoped(Effect.retry(hear, again))
    return Effect.raceFirst(pause, Queue.take(woken))
  })

const again = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("5 seconds")])
