import { Table } from "@millrace/core"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { SqlClient } from "effect/sql/SqlClient"
import { asking } from "./ask.ts"
import { invalidTable } from "./checked.ts"
import { decoding } from "./decode.ts"
import type { From, Row } from "./Options.ts"
import { PostgresError, TooManyRows } from "./PostgresError.ts"
import { sourceOf } from "./source.ts"

/**
 * What `table` may be told.
 *
 * @category options
 * @since 0.1.0
 */
export interface TableOptions<out K, out V, in A = Row>
  extends From, Pick<Table.LoadOptions<K, V, never, never>, "refresh" | "maxFailures">
{
  /** What warnings and plans call it. */
  readonly name: string
  readonly key: (row: A) => K
  readonly value: (row: A) => V
  /** A table that has more rows is refused before they are all in memory. Defaults to 100,000. */
  readonly maxRows?: number | undefined
  /** A load that takes longer fails. Defaults to 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}

/**
 * The same with a schema.
 *
 * @category options
 * @since 0.1.0
 */
export interface DecodedTableOptions<out K, out V, in out A> extends TableOptions<K, V, A> {
  /** What a row has to be. One that is not fails the load. */
  readonly schema: Schema.ConstraintDecoder<A>
}

const maxRowsDefault = 100_000

/**
 * A table or query of PostgreSQL for `joinTable` and `leftOuterJoinTable`, held in memory: loaded with the first batch, and
 * again before each batch or on a schedule, as `refresh` says. All rows of a load are of one moment. A refresh that fails
 * leaves the last rows in place, up to `maxFailures` times in a row.
 *
 * ```ts import.meta.vitest
 * import { Table } from "@millrace/core"
 * import * as Postgres from "@millrace/receivers/Postgres"
 * import { Schedule, Schema } from "effect"
 *
 * const prices = Postgres.table({
 *   name: "prices",
 *   table: "shop.prices",
 *   schema: Schema.Struct({ article: Schema.String, cents: Schema.Int }),
 *   key: ({ article }) => article,
 *   value: ({ cents }) => cents,
 *   refresh: Schedule.spaced("1 minute")
 * })
 * Table.isTable(prices) // => true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const table: {
  <K, V, A>(options: DecodedTableOptions<K, V, A>): Table.Table<K, V, PostgresError, SqlClient>
  <K, V>(options: TableOptions<K, V>): Table.Table<K, V, PostgresError, SqlClient>
} = <K, V, A>(options: DecodedTableOptions<K, V, A> | TableOptions<K, V>) =>
  Table.load({
    name: options.name,
    refresh: options.refresh,
    maxFailures: options.maxFailures,
    load: "schema" in options
      ? Effect.flatMap(load(options), (found) => decoded(options, found))
      : Effect.map(load(options), (found) => pairs(options, found))
  })

const decoded = <K, V, A>(options: DecodedTableOptions<K, V, A>, found: ReadonlyArray<Row>) =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(pairs(options, found.map(decoding(options.name, options.schema))))
    } catch (error) {
      return error instanceof PostgresError ? Effect.fail(error) : Effect.die(error)
    }
  })

const pairs = <K, V, A>({ key, value }: TableOptions<K, V, A>, rows: ReadonlyArray<A>): ReadonlyArray<readonly [K, V]> =>
  rows.map((row) => [key(row), value(row)])

const load = (options: Pick<TableOptions<unknown, unknown>, "name" | "table" | "query" | "maxRows" | "timeout">) =>
  Effect.gen(function*() {
    const { maxRows = maxRowsDefault, name, timeout } = options
    const invalid = invalidTable(options)
    if (invalid !== undefined) return yield* new PostgresError({ source: name, reason: invalid })
    const sql = (yield* SqlClient).withoutTransforms()
    const found = yield* asking(name, timeout)(
      sql<Row>`select * from ${sourceOf(sql, options)} as millrace_rows limit ${maxRows + 1}::bigint`
    )
    if (found.length > maxRows) return yield* new PostgresError({ source: name, reason: new TooManyRows({ maxRows }) })
    return found
  })
