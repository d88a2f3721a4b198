/** A statement with a limit, and with errors that have a type. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { named, MySqlError, TimedOut } from "./MySqlError.ts"

export type Ask = <A>(statement: Effect.Effect<A, SqlError>) => Effect.Effect<A, MySqlError>

const timeoutDefault = "30 seconds"

/** For one receiver or table. */
export const asking = (name: string, timeout: Duration.Input | undefined): Ask => {
  const duration = Duration.fromInputUnsafe(timeout ?? timeoutDefault)
  return (statement) =>
    statement.pipe(
      Effect.timeoutOrElse({
        duration,
        orElse: () => Effect.fail(new MySqlError({ source: name, reason: new TimedOut({ millis: Duration.toMillis(duration) }) }))
      }),
      Effect.mapError((error) => named(name, error))
    )
}
