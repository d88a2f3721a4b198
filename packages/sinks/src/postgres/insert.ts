import type { Batch, BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { columnsOf } from "./columns.ts"
import { arraysOf } from "./driver.ts"
import { tableProblem } from "./names.ts"
import type { PostgresError } from "./PostgresError.ts"
import { type Row, type Target, write } from "./rows.ts"
import { type PostgresOptions, transactional } from "./writing.ts"

/**
 * Where rows go and what they are made of.
 *
 * @category options
 * @since 0.1.0
 */
export interface InsertOptions<in A> extends PostgresOptions {
  /** `"table"` or `"schema.table"`. It has to be there. */
  readonly table: string
  /** The row of an item: values by column. Every item makes the same columns. */
  readonly row: (item: A) => Row
}

/**
 * Inserts a row for each item. Rows and batch id are one transaction, and an older start of the pipeline is refused: with
 * a checkpoint each item is in the table exactly once, whatever crashes (`Transactional`).
 *
 * The database is the `SqlClient` of the context: `layer` of this module, or any other. Up to 5,000 rows go into a
 * statement, all statements of a batch into one transaction. An empty batch leaves its id only.
 *
 * Values are what the columns of the table take: `Date`, `bigint` and `Uint8Array` as such, an array for an array column,
 * and for `json` and `jsonb` any value, of which JSON is made. `undefined` is null. A new column of the table is known
 * after the next start.
 *
 * ```ts import.meta.vitest
 * import * as Postgres from "@millrace/sinks/Postgres"
 *
 * const sink = Postgres.insert({
 *   table: "word_counts",
 *   row: ([word, n]: readonly [string, number]) => ({ word, n })
 * })
 * sink.commitClass // => "Transactional"
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export const insert = <A>(options: InsertOptions<A>): BatchSink.BatchSink<A, PostgresError, SqlClient> => {
  const { row, table } = options
  return transactional(options, [tableProblem(table)], (sql, output) =>
    Effect.gen(function*() {
      const columns = yield* columnsOf(sql, output, table)
      const arrays = yield* arraysOf(sql)
      const target: Target = { sql, output, table, columns, arrays, onConflict: () => sql.literal("") }
      return (batch: Batch.Batch<A>) => write(target, batch.items.map(row))
    }))
}
