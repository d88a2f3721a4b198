/**
 * Up to where rows may be read. A transaction takes its place in a sequence long before it commits, so a row that is seen
 * says nothing of those before it. What helps: whoever writes to a table has it locked from before it takes that place
 * until after its commit is seen. So: first the newest row is looked at, then who has the table locked for writing; once
 * those transactions are over, no row up to that one can come any more. Transactions elsewhere are not waited for.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Ask } from "./ask.ts"
import { between, type Column, descending, from, textName, texts } from "./Cursor.ts"
import type { Tally } from "./metrics.ts"
import type { RowsOptions } from "./Options.ts"
import type { PostgresError } from "./PostgresError.ts"
import { sourceOf } from "./source.ts"
import { related, waiting, writersOf } from "./writers.ts"

/** Gives the cursor of the newest row after a position once it is safe to read up to it; nothing where there is none. */
export const bounding = (
  sql: SqlClient,
  ask: Ask,
  options: RowsOptions<unknown>,
  columns: ReadonlyArray<Column>,
  tally: Tally
) => {
  const { lag, name, table } = options
  const tables = table === undefined ? options.writers ?? [] : [table]
  const lagMillis = lag === undefined ? 0 : Duration.toMillis(Duration.fromInputUnsafe(lag))
  const newest = (after: ReadonlyArray<string> | undefined) =>
    ask(sql<Record<string, string | null>>`
      ${related(sql, tables)}, newest as (
        select ${texts(sql, columns)} from ${from(sql, sourceOf(sql, options))}
        where ${between(sql, columns, after, undefined)} order by ${descending(sql, columns)} limit 1
      )
      select newest.*, (select string_agg(distinct virtualtransaction, ',') from ${writersOf(sql, tables)}) as writers from newest`)

  const waitFor = waiting(sql, ask, name, tables)

  return (after: ReadonlyArray<string> | undefined): Effect.Effect<ReadonlyArray<string> | undefined, PostgresError> =>
    Effect.gen(function*() {
      tally.polled()
      const [found] = yield* newest(after)
      if (found === undefined) return undefined
      const seenAt = yield* Clock.currentTimeMillis
      const writers = found["writers"]
      if (typeof writers === "string") {
        tally.waited()
        yield* waitFor(writers)
      }
      const left = seenAt + lagMillis - (yield* Clock.currentTimeMillis)
      if (left > 0) yield* Effect.sleep(left)
      return columns.map((_, index) => found[textName(index)] ?? "")
    })
}
