/**
 * Rows of a table, in the order of a cursor.
 *
 * @stability unstable
 * @since 0.1.0
 */
import { Decoder, Receiver } from "@millrace/core"
import { decoding } from "./decode.ts"
import type { MySqlClient } from "./MySqlClient.ts"
import type { MySqlError } from "./MySqlError.ts"
import type { Row, RowsOptions } from "./Options.ts"
import { Position } from "./Position.ts"
import { read, reread } from "./read.ts"

/**
 * Reads rows in the order of `cursor`, those that are there and then those that are added, and waits for more. A row that
 * is changed after it was read is not read again.
 *
 * `Replayable`: the position is the cursor of the last row, as exact text, so after a crash reading goes on there, and what
 * was cut into a batch is read again as it was. For that rows have to stay in the table until their batches are delivered:
 * a range that lost or got rows fails with `RowsChanged`.
 *
 * A transaction takes its `auto_increment` value, or its time, long before it commits, and the server does not tell who has
 * taken one. So rows up to the newest one are read `lag` after it was seen, and a transaction that commits later than that
 * is passed over: let `lag` be longer than any transaction that writes to the table.
 *
 * Rows are as the client decodes them: a `bigint` for `bigint`, text for `decimal`, a `Date` for times. A `schema` makes
 * records of them, and refuses those that do not fit by an error of the decoder, which `DStream.onError` handles.
 *
 * ```ts import.meta.vitest
 * import * as MySql from "@millrace/receivers/MySql"
 *
 * const orders = MySql.rows({ name: "orders", table: "shop.orders", cursor: "id", lag: "10 seconds" })
 * orders.delivery // => "Replayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const rows = <A = Row>(options: RowsOptions<A>): Receiver.Receiver<A, MySqlError, MySqlClient> => {
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
