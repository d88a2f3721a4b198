/** What is read, and how. */
import type { Receiver } from "@millrace/core"
import type * as Duration from "effect/Duration"
import type * as Schema from "effect/Schema"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"

/** A row as the client gives it: values by column. */
export type Row = Readonly<Record<string, unknown>>

/**
 * Where rows are: a table, or a query.
 *
 * @category options
 * @since 0.1.0
 */
export interface From {
  /** `"table"` or `"database.table"`. */
  readonly table?: string | undefined
  /** In place of a table: a `select`, as text, or as a statement of the client where it has parameters. */
  readonly query?: string | ((sql: SqlClient) => Fragment) | undefined
}

/**
 * What `rows` may be told.
 *
 * @category options
 * @since 0.1.0
 */
export interface RowsOptions<out A = Row> extends Receiver.Options {
  /** `"table"` or `"database.table"`. */
  readonly table: string
  /**
   * The column that grows with every row, or columns whose values together do: an identity, or a time and an id. The table
   * has a unique index on them or some of them, and refuses null there. Integers, `decimal`, `char`, `varchar`, `date`,
   * `datetime` and `timestamp` will do.
   */
  readonly cursor: string | readonly [string, ...ReadonlyArray<string>]
  /**
   * How long after the newest row was seen rows up to it are read: longer than a transaction takes from its cursor to its
   * commit. What commits later than that is passed over.
   */
  readonly lag: Duration.Input
  /** What a row has to be. One that is not is an error of the decoder; see `DStream.onError`. */
  readonly schema?: Schema.ConstraintDecoder<A> | undefined
  /** How many rows are read by one statement, and make one block. Defaults to 1,000. */
  readonly pageSize?: number | undefined
  /** How long after it found nothing new it looks again. Defaults to 1 second. */
  readonly pollInterval?: Duration.Input | undefined
  /** False: ends after the rows that are there when it is opened. Defaults to true. */
  readonly follow?: boolean | undefined
  /** A statement that takes longer fails, and is tried again. Defaults to 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}
