import type { Batch, BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { columnsOf } from "./columns.ts"
import type { MySqlClient } from "./MySqlClient.ts"
import type { MySqlError } from "./MySqlError.ts"
import { tableProblem } from "./names.ts"
import { maxPacketOf, type Row, type Target, write } from "./rows.ts"
import { type MySqlOptions, transactional } from "./writing.ts"

/**
 * Where rows go and what they are made of.
 *
 * @category options
 * @since 0.1.0
 */
export interface InsertOptions<in A> extends MySqlOptions {
  /** `"table"` or `"database.table"`. It has to be there. */
  readonly table: string
  /** The row of an item: values by column. Every item makes the same columns. */
  readonly row: (item: A) => Row
}

/**
 * Inserts a row for each item. Rows and batch id are one transaction, and an older start of the pipeline is refused: with
 * a checkpoint each item is in the table exactly once, whatever crashes (`Transactional`). The table's engine has to know
 * transactions.
 *
 * Up to 5,000 rows or a million characters go into a statement, all statements of a batch into one transaction. An empty
 * batch leaves its id only.
 *
 * Values are what the columns of the table take: `Date` in UTC, `bigint` and `Uint8Array` as such, booleans as 1 and 0, and
 * for `json` any value, of which JSON is made. `undefined` is null. A value that would be cut, or a fraction for an integer,
 * fails the batch. A new column of the table is known after the next start.
 *
 * ```ts import.meta.vitest
 * import * as MySql from "@millrace/sinks/MySql"
 *
 * const sink = MySql.insert({
 *   table: "word_counts",
 *   row: ([word, n]: readonly [string, number]) => ({ word, n })
 * })
 * sink.commitClass // => "Transactional"
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export const insert = <A>(options: InsertOptions<A>): BatchSink.BatchSink<A, MySqlError, MySqlClient> =>
  rowsInto(options, [], () => Effect.succeed({ end: () => "", problem: () => undefined }))

/** A row for each item, and what follows the rows, as it turns out when the sink is opened. */
export const rowsInto = <A>(
  options: InsertOptions<A>,
  problems: ReadonlyArray<string | undefined>,
  ending: (sql: SqlClient) => Effect.Effect<Pick<Target, "end" | "problem">, SqlError>
): BatchSink.BatchSink<A, MySqlError, MySqlClient> => {
  const { row, table } = options
  return transactional(options, [tableProblem(table), ...problems], (sql, output) =>
    Effect.gen(function*() {
      const columns = yield* columnsOf(sql, output, table)
      const maxPacket = yield* maxPacketOf(sql)
      const target: Target = { sql, output, table, columns, maxPacket, ...(yield* ending(sql)) }
      return (batch: Batch.Batch<A>) => write(target, batch.items.map(row))
    }))
}
