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
  /** `"table"` or `"schema.table"`; partitioned ones too. */
  readonly table?: string | undefined
  /**
   * In place of a table: a `select` without `order by`, as text, or as a statement of the client where it has parameters.
   */
  readonly query?: string | ((sql: SqlClient) => Fragment) | undefined
}

/**
 * What `rows` may be told.
 *
 * @category options
 * @since 0.1.0
 */
export interface RowsOptions<out A = Row> extends Receiver.Options, From {
  /**
   * The column that grows with every row, or columns whose values together do: an identity, or a time and an id. A table
   * has a unique index on them or some of them, and refuses null there. Integers, `numeric`, text, `uuid`, `date`,
   * `timestamp` and `timestamptz` will do.
   */
  readonly cursor: string | readonly [string, ...ReadonlyArray<string>]
  /** What a row has to be. One that is not is an error of the decoder; see `DStream.onError`. */
  readonly schema?: Schema.ConstraintDecoder<A> | undefined
  /** How many rows are read by one statement, and make one block. Defaults to 1,000. */
  readonly pageSize?: number | undefined
  /** How long after it found nothing new it looks again. Defaults to 1 second. */
  readonly pollInterval?: Duration.Input | undefined
  /**
   * A channel of `notify` at which it looks at once. Polling goes on, so a notification that is lost delays rows and
   * loses none. Needs the client of `@effect/sql-pg`, and holds a connection of its pool.
   */
  readonly notify?: string | undefined
  /**
   * With a query: the tables that its cursor comes from. Rows are read once every transaction is over that was writing to
   * one of them when the newest row was seen. A `table` is watched without being told.
   */
  readonly writers?: ReadonlyArray<string> | undefined
  /**
   * How long after the newest row was seen rows up to it are read: longer than a transaction takes from its cursor to its
   * commit. Needed where the first column of the cursor is no integer, where a query has no `writers`, and on a standby.
   */
  readonly lag?: Duration.Input | undefined
  /** False: ends after the rows that are there when it is opened. Defaults to true. */
  readonly follow?: boolean | undefined
  /** A statement that takes longer fails, and is tried again. Defaults to 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}
