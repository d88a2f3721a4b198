/** From failures of the client to errors with a type. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { fromSql, type MySqlError } from "./MySqlError.ts"

/**
 * Gives what the client fails with its type. A rollback on a connection that is gone dies, which is no more than that: the
 * server has rolled back by then.
 */
export const typed = <A, E, R>(
  output: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, Exclude<E, SqlError> | MySqlError, R> =>
  Effect.catchCause(effect, (cause) => {
    for (const each of cause.reasons) {
      if (Cause.isFailReason(each)) return Effect.fail(named(output, each.error))
    }
    const others = cause.reasons.filter((each) => !Cause.isFailReason(each))
    const interrupts = others.filter(Cause.isInterruptReason)
    if (interrupts.length > 0) return Effect.failCause(Cause.fromReasons(interrupts))
    for (const each of others) {
      if (Cause.isDieReason(each) && isSqlError(each.defect)) return Effect.fail(fromSql(output, each.defect))
    }
    return Effect.failCause(Cause.fromReasons(others))
  })

const named = <E>(output: string, error: E): Exclude<E, SqlError> | MySqlError =>
  isSqlError(error) ? fromSql(output, error) : error as Exclude<E, SqlError>
