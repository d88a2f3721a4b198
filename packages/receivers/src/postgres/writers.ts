/** Transactions that are writing to tables, known by the locks that they hold. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { Ask } from "./ask.ts"
import type { PostgresError } from "./PostgresError.ts"
import { quoted } from "./source.ts"

const pauseMillisMax = 250
const warnAfterMillis = 30_000

/** The tables with all that they are partitions of, and all that are theirs: a row may be written by way of each. */
export const related = (sql: SqlClient, tables: ReadonlyArray<string>): Fragment => sql`
  with recursive related as (
    select to_regclass(name)::oid as relation from unnest(array[${sql.csv(tables.map((table) => sql`${quoted(table)}`))}]::text[]) as name
    union
    select case when inhparent = relation then inhrelid else inhparent end
    from pg_inherits join related on relation in (inhparent, inhrelid)
  )`

/** Everybody may see who holds a lock. One that was prepared to be committed from elsewhere has changed its name to -1/…. */
export const writersOf = (sql: SqlClient, tables: ReadonlyArray<string>): Fragment => sql`
  (
    select virtualtransaction from pg_locks
    where ${sql.literal(tables.length > 0 ? "true" : "false")} and locktype = 'relation' and granted
      and mode = 'RowExclusiveLock' and database = (select oid from pg_database where datname = current_database())
      and pid is distinct from pg_backend_pid() and relation in (select relation from related)
  ) as writing`

/** Waits until these are over, however long it takes: reading on would pass rows over. */
export const waiting = (sql: SqlClient, ask: Ask, name: string, tables: ReadonlyArray<string>) => {
  const isOver = (writers: string) =>
    Effect.map(
      ask(sql<{ readonly over: boolean }>`
        ${related(sql, tables)}
        select not exists (
          select 1 from ${writersOf(sql, tables)}
          where virtualtransaction = any(string_to_array(${writers}::text, ',')) or virtualtransaction like '-1/%'
        ) as over`),
      ([row]) => row?.over === true
    )
  return (writers: string): Effect.Effect<void, PostgresError> =>
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
}
