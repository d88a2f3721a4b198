/** The sink behind all forms: rows and batch id in one transaction. */
import { type Batch, BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { Commits } from "./commits.ts"
import { MySqlClient } from "./MySqlClient.ts"
import { MySqlError } from "./MySqlError.ts"
import { tableProblem } from "./names.ts"
import { typed } from "./typed.ts"

/**
 * What every sink of this connector can be told.
 *
 * @category options
 * @since 0.1.0
 */
export interface MySqlOptions {
  /**
   * The table that says which batch each output has; made where it is not there. Must be on the server of the rows.
   * Defaults to `"millrace_commit"`.
   */
  readonly commitTable?: string | undefined
}

/** Writes the items of a batch, within its transaction. */
export type Write<A, E, R> = (batch: Batch.Batch<A>) => Effect.Effect<unknown, E, R>

/** `open` is run once, and what it gives for batches with items only. */
export const transactional = <A, E, R>(
  options: MySqlOptions,
  problems: ReadonlyArray<string | undefined>,
  open: (sql: SqlClient, output: string) => Effect.Effect<Write<A, E, R>, SqlError | MySqlError>
): BatchSink.BatchSink<A, Exclude<E, SqlError> | MySqlError, R | MySqlClient> =>
  BatchSink.fromOpen({
    commitClass: "Transactional",
    open: Effect.fnUntraced(function*(identity) {
      const sql = yield* MySqlClient
      const table = options.commitTable ?? "millrace_commit"
      const { output } = identity
      const problem = [...problems, tableProblem(table)].find((each) => each !== undefined)
      if (problem !== undefined) return yield* new MySqlError({ output, reason: { _tag: "BadOptions", problem } })
      const write = yield* typed(output, open(sql, output))
      const commits = new Commits(sql, table, identity)
      yield* typed(output, commits.open())
      yield* warnOfLateSync(sql, output)
      const inTransaction = (batch: Batch.Batch<A>) =>
        Effect.flatMap(commits.take(batch.id), (isNew): Effect.Effect<unknown, E, R> =>
          isNew && batch.items.length > 0 ? write(batch) : Effect.void)
      const writer: BatchSink.Writer<A, Exclude<E, SqlError> | MySqlError, R> = {
        lastCommitted: typed(output, commits.lastCommitted()),
        // Within as well: what the server says in words would be told to the span of the transaction.
        commit: (batch) => Effect.asVoid(typed(output, sql.withTransaction(typed(output, inTransaction(batch)))))
      }
      return writer
    })
  })

/** A session cannot ask for it. A server without the setting has no such choice. */
const warnOfLateSync = (sql: SqlClient, output: string): Effect.Effect<void> =>
  sql<{ readonly setting: string | number }>`select @@global.innodb_flush_log_at_trx_commit as setting`.pipe(
    Effect.flatMap(([row]) =>
      row === undefined || Number(row.setting) === 1 ? Effect.void : Effect.logWarning(
        `The server of output ${JSON.stringify(output)} has innodb_flush_log_at_trx_commit = ${Number(row.setting)}: if its ` +
          "machine loses power, it may lose batches that the journal has forgotten. 1 waits for the disk"
      )),
    Effect.ignore
  )
