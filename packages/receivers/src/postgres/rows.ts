/**
 * Rows of a table or query, in the order of a cursor.
 *
 * @stability unstable
 * @since 0.1.0
 */
import { Decoder, Receiver } from "@millrace/core"
import type { SqlClient } from "effect/sql/SqlClient"
import { decoding } from "./decode.ts"
import type { Row, RowsOptions } from "./Options.ts"
import { Position } from "./Position.ts"
import type { PostgresError } from "./PostgresError.ts"
import { read, reread } from "./read.ts"

/**
 * Reads rows in the order of `cursor`, those that are there and then those that are added, and waits for more. A row that
 * is changed after it was read is not read again.
 *
 * `Replayable`: the position is the cursor of the last row, as exact text, so after a crash reading goes on there, and what
 * was cut into a batch is read again as it was. For that rows have to stay in the table until their batches are delivered:
 * a range that lost or got rows fails with `RowsChanged`.
 *
 * Transactions that commit late are waited for. One that has taken its place in a sequence and commits after others with
 * later places would be passed over by a plain `where id > …`. Here rows are read up to the newest one that was seen, and
 * that only after every transaction is over that was writing to the table at that moment: a slow one holds the rows after
 * it back, and loses none. That holds where the column's default takes the value, or any statement that writes to the
 * table. It does not see values taken before that: by `nextval` in a statement of its own, by sequences with `cache`,
 * times, and identifiers of the client. For those say `lag`, longer than a transaction lasts from the one to the other;
 * where the first column of the cursor is no integer it is asked for.
 *
 * Rows are as the client decodes them: of `@effect/sql-pg` a `bigint` for `int8`, a `Date` of whole milliseconds for
 * timestamps. A `schema` makes records of them, and refuses those that do not fit by an error of the decoder, which
 * `DStream.onError` handles. Names of columns are those of the server, whatever the client would make of them.
 *
 * ```ts import.meta.vitest
 * import * as Postgres from "@millrace/receivers/Postgres"
 * import { Schema } from "effect"
 *
 * const orders = Postgres.rows({
 *   name: "orders",
 *   table: "shop.orders",
 *   cursor: "id",
 *   notify: "orders",
 *   schema: Schema.Struct({ id: Schema.BigInt, article: Schema.String })
 * })
 * orders.delivery // => "Replayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const rows = <A = Row>(options: RowsOptions<A>): Receiver.Receiver<A, PostgresError, SqlClient> => {
  const { schema } = options
  const decode = schema === undefined ? undefined : decoding(options.name, schema)
  return Receiver.make({
    ...options,
    delivery: "Replayable",
    decoder: decode === undefined ? undefined : Decoder.flatMap((row: Row) => [decode(row)]),
    position: Position,
    open: (resumeAfter) => read(options, resumeAfter),
    reread: (range) => reread(options, range)
  })
}
