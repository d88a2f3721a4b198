import type { BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import { type InsertOptions, rowsInto } from "./insert.ts"
import type { MySqlClient } from "./MySqlClient.ts"
import type { MySqlError } from "./MySqlError.ts"
import { columnProblem, quoted } from "./names.ts"
import { replacingProblem, uniquesOf } from "./unique.ts"

/**
 * Where rows go, what they are made of, and what makes two rows the same.
 *
 * @category options
 * @since 0.1.0
 */
export interface UpsertOptions<in A> extends InsertOptions<A> {
  /**
   * Columns of the primary key or of a unique index of the table, all of them. A row that has them in common with one in
   * the table replaces those of its columns that `row` gives. The server looks at every unique index of the table, so
   * another one by which a row could replace that of another key is refused; one that the server fills itself may be.
   */
  readonly key: readonly [string, ...ReadonlyArray<string>]
}

/**
 * Inserts a row for each item, or updates the row of the same key (`on duplicate key update`): for totals, of which each
 * batch emits those that changed. Of several items of a batch with one key the last counts. Rows and batch id are one
 * transaction (`Transactional`); in all else it is as `insert`.
 *
 * ```ts import.meta.vitest
 * import * as MySql from "@millrace/sinks/MySql"
 *
 * const sink = MySql.upsert({
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
export const upsert = <A>(options: UpsertOptions<A>): BatchSink.BatchSink<A, MySqlError, MySqlClient> => {
  const { key, table } = options
  const end = (names: ReadonlyArray<string>): string => {
    const others = names.filter((name) => !key.includes(name))
    // Where rows are nothing but key, the one that is there stays as it is.
    const replaced = others.length > 0 ? others : names.slice(0, 1)
    return ` on duplicate key update ${replaced.map((name) => `${quoted(name)} = values(${quoted(name)})`).join(", ")}`
  }
  return rowsInto(options, key.map(columnProblem), (sql) =>
    Effect.map(uniquesOf(sql, table), (uniques) => ({ end, problem: (names) => replacingProblem(uniques, key, names) })))
}
