/** The sink behind all forms: rows and batch id in one transaction. */
import { type Batch, BatchSink } from "@millrace/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { Commits } from "./commits.ts"
import { tableProblem } from "./names.ts"
import { PostgresError } from "./PostgresError.ts"
import { typed } from "./typed.ts"

/**
 * What every sink of this connector can be told.
 *
 * @category options
 * @since 0.1.0
 */
export interface PostgresOptions {
  /**
   * The table that says which batch each output has; made where it is not there. Must be in the database of the rows.
   * Defaults to `"millrace_commit"`.
   */
  readonly commitTable?: string | undefined
  /**
   * How long a statement may take before the server gives it up; the batch is rolled back and tried again. Defaults to
   * what the server is set to, which is for ever unless somebody has said otherwise.
   */
  readonly statementTimeout?: Duration.Input | undefined
}

/** Writes the items of a batch, within its transaction. */
export type Write<A, E, R> = (batch: Batch.Batch<A>) => Effect.Effect<unknown, E, R>

/** `open` is run once, and what it gives for batches with items only. */
export const transactional = <A, E, R>(
  options: PostgresOptions,
  problems: ReadonlyArray<string | undefined>,
  open: (sql: SqlClient, output: string) => Effect.Effect<Write<A, E, R>, SqlError | PostgresError>
): BatchSink.BatchSink<A, Exclude<E, SqlError> | PostgresError, R | SqlClient> =>
  BatchSink.fromOpen({
    commitClass: "Transactional",
    open: Effect.fnUntraced(function*(identity) {
      const sql = yield* SqlClient
      const table = options.commitTable ?? "millrace_commit"
      const { output } = identity
      const problem = [...problems, tableProblem(table)].find((each) => each !== undefined)
      if (problem !== undefined) return yield* new PostgresError({ output, reason: { _tag: "BadOptions", problem } })
      const write = yield* typed(output, open(sql, output))
      const commits = new Commits(sql, table, identity)
      yield* typed(output, commits.open())
      const limited = limit(sql, options.statementTimeout)
      const inTransaction = (batch: Batch.Batch<A>) =>
        Effect.andThen(limited, Effect.flatMap(commits.take(batch.id), (isNew): Effect.Effect<unknown, E, R> =>
          isNew && batch.items.length > 0 ? write(batch) : Effect.void))
      const writer: BatchSink.Writer<A, Exclude<E, SqlError> | PostgresError, R> = {
        lastCommitted: typed(output, commits.lastCommitted()),
        // Within as well: what the server says in words would be told to the span of the transaction.
        commit: (batch) => Effect.asVoid(typed(output, sql.withTransaction(typed(output, inTransaction(batch)))))
      }
      return writer
    })
  })

/** Holds for the transaction alone. */
const limit = (sql: SqlClient, timeout: Duration.Input | undefined): Effect.Effect<unknown, SqlError> =>
  timeout === undefined
    ? Effect.void
    : sql`select set_config('statement_timeout', ${String(Math.max(1, Math.ceil(Duration.toMillis(Duration.fromInputUnsafe(timeout)))))}, true)`
