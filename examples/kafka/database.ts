/** What is said of a database that cannot be asked. */
import { Data, Effect } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"

/** Of the cause only the code is told: `ECONNREFUSED`, or a SQLSTATE. Words of the server may quote what they should not. */
export class NoDatabase extends Data.TaggedError("NoDatabase")<{ readonly error: SqlError }> {
  override get message() {
    const { reason } = this.error
    return `The database could not be asked (${reason._tag}${codeOf(reason.cause)}). Is PostgreSQL there? \`npm run services\` ` +
      "starts one and says where; --database is for its url"
  }
}

const codeOf = (cause: unknown): string =>
  cause instanceof AggregateError
    ? codeOf(cause.errors[0])
    : cause instanceof Error && "code" in cause ? `, ${String(cause.code)}` : ""

export const explainDatabase = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | NoDatabase, R> =>
  Effect.mapError(effect, (error) => isSqlError(error) ? new NoDatabase({ error }) : error)
