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
import type { Fragment } from "effect/sql/Statement"
import type { Ask } from "./ask.ts"
import { between, type Column, descending, from, textName, texts } from "./Cursor.ts"
import type { Tally } from "./metrics.ts"
import type { RowsOptions } from "./Options.ts"
import type { PostgresError } from "./PostgresError.ts"
import { quoted, sourceOf } from "./source.ts"

const pauseMillisMax = 250
const warnAfterMillis = 30_000

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
  const writing = writersOf(sql, tables)
  const lagMillis = lag === undefined ? 0 : Duration.toMillis(Duration.fromInputUnsafe(lag))
  const newest = (after: ReadonlyArray<string> | undefined) =>
    ask(sql<Record<string, string | null>>`
      ${related(sql, tables)}, newest as (
        select ${texts(sql, columns)} from ${from(sql, sourceOf(sql, options))}
        where ${between(sql, columns, after, undefined)} order by ${descending(sql, columns)} limit 1
      )
      select newest.*, (select string_agg(distinct virtualtransaction, ',') from ${writing}) as writers from newest`)

  const isOver = (writers: string) =>
    Effect.map(
      ask(sql<{ readonly over: boolean }>`
        ${related(sql, tables)}
        select not exists (
          select 1 from ${writing}
          where virtualtransaction = any(string_to_array(${writers}::text, ',')) or virtualtransaction like '-1/%'
        ) as over`),
      ([row]) => row?.over === true
    )

  /** However long it takes: reading on would pass rows over. */
  const waitFor = (writers: string) =>
    Effect.gen(function*() {
      const startedAt = yield* Clock.currentTimeMillis
      let pauseMillis = 2
      let isWarned = false
      while (!(yield* isOver(writers))) {
        yield* Effect.sleep(pauseMillis)
        pauseMillis = Math.min(pauseMillisMax, pauseMillis * 2)
        if (isWarned || (yield* Clock.currentTimeMillis) - startedAt < warnAfterMillis) continue
        isWarned = true
        yield* Effect.logWarning(
          `Receiver ${JSON.stringify(name)} has waited for ${warnAfterMillis / 1000} seconds: a transaction that writes to ` +
            "what it reads does not end"
        )
      }
    })

  return (after: ReadonlyArray<string> | undefined): Effect.Effect<ReadonlyArray<string | null> | undefined, PostgresError> =>
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
      return columns.map((_, index) => found[textName(index)] ?? null)
    })
}

/** The tables with all that they are partitions of, and all that are theirs: a row may be written by way of each. */
const related = (sql: SqlClient, tables: ReadonlyArray<string>): Fragment => sql`
  with recursive related as (
    select to_regclass(name)::oid as relation from unnest(array[${sql.csv(tables.map((table) => sql`${quoted(table)}`))}]::text[]) as name
    union
    select case when inhparent = relation then inhrelid else inhparent end
    from pg_inherits join related on relation in (inhparent, inhrelid)
  )`

/** Everybody may see who holds a lock. */
const writersOf = (sql: SqlClient, tables: ReadonlyArray<string>): Fragment => sql`
  (
    select virtualtransaction from pg_locks
    where ${sql.literal(tables.length > 0 ? "true" : "false")} and locktype = 'relation' and granted
      and mode = 'RowExclusiveLock' and database = (select oid from pg_database where datname = current_database())
      and pid is distinct from pg_backend_pid() and relation in (select relation from related)
  ) as writing`
