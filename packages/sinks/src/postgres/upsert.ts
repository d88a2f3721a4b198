import type { Batch, BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import { type Column, columnsOf } from "./columns.ts"
import { arraysOf } from "./driver.ts"
import type { InsertOptions } from "./insert.ts"
import { columnProblem, quoted, tableProblem } from "./names.ts"
import type { PostgresError } from "./PostgresError.ts"
import { encoding, type Row, type Target, write } from "./rows.ts"
import { textIn } from "./values.ts"
import { transactional } from "./writing.ts"

/**
 * Where rows go, what they are made of, and what makes two rows the same.
 *
 * @category options
 * @since 0.1.0
 */
export interface UpsertOptions<in A> extends InsertOptions<A> {
  /**
   * Columns of a unique index of the table. A row that has them in common with one in the table replaces those of its
   * columns that `row` gives.
   */
  readonly key: readonly [string, ...ReadonlyArray<string>]
}

/**
 * Inserts a row for each item, or updates the row of the same key: for totals, of which each batch emits those that
 * changed. Of several items of a batch with one key the last counts. Rows and batch id are one transaction
 * (`Transactional`); in all else it is as `insert`.
 *
 * ```ts import.meta.vitest
 * import * as Postgres from "@millrace/sinks/Postgres"
 *
 * const sink = Postgres.upsert({
 *   table: "totals",
 *   key: ["account"],
 *   row: ([account, total]: readonly [string, number]) => ({ account, total })
 * })
 * sink.commitClass // => "Transactional"
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export const upsert = <A>(options: UpsertOptions<A>): BatchSink.BatchSink<A, PostgresError, SqlClient> => {
  const { key, row, table } = options
  return transactional(options, [tableProblem(table), ...key.map(columnProblem)], (sql, output) =>
    Effect.gen(function*() {
      const columns = yield* columnsOf(sql, output, table)
      const arrays = yield* arraysOf(sql)
      const target: Target = { sql, output, table, columns, arrays, onConflict: (names) => replacing(sql, key, names) }
      return (batch: Batch.Batch<A>) =>
        Effect.flatMap(
          encoding(output, () => lastOfEach(batch.items.map(row), keysOf(target, key))),
          (rows) => write(target, rows)
        )
    }))
}

const replacing = (sql: SqlClient, key: ReadonlyArray<string>, names: ReadonlyArray<string>): Fragment => {
  const others = names.filter((name) => !key.includes(name))
  const conflict = sql.csv(key.map((name) => sql`${sql(name)}`))
  return others.length === 0
    ? sql`on conflict (${conflict}) do nothing`
    : sql`on conflict (${conflict}) do update set ${sql.csv(others.map((name) => sql`${sql(name)} = excluded.${sql(name)}`))}`
}

/** The columns of the key. One that the table has not is refused when it is written to. */
const keysOf = ({ columns, sql }: Target, key: ReadonlyArray<string>): ReadonlyArray<Column> =>
  key.map((name) => ({ type: "text", shape: "plain", ...columns.get(quoted(sql, name)), name }))

/** One statement may not touch a row twice. Nulls are like nothing, not even like each other. */
const lastOfEach = (rows: ReadonlyArray<Row>, key: ReadonlyArray<Column>): ReadonlyArray<Row> => {
  const last = new Map<unknown, Row>()
  for (const row of rows) {
    const texts = key.map((column) => textIn(column, row[column.name]))
    last.set(texts.includes(null) ? row : texts.length === 1 ? texts[0] : JSON.stringify(texts), row)
  }
  return [...last.values()]
}
