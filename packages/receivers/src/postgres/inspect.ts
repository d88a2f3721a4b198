/** Asks the server whether the cursor can be gone by, before anything is read. */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Ask } from "./ask.ts"
import { cursorOf } from "./checked.ts"
import { type Column, from, isCounted, isOrdered } from "./Cursor.ts"
import type { RowsOptions } from "./Options.ts"
import { InvalidCursor, InvalidOption, PostgresError } from "./PostgresError.ts"
import { quoted, sourceOf } from "./source.ts"

/** The columns of the cursor with their types; fails where rows would be missed or confused. */
export const inspect = (
  sql: SqlClient,
  ask: Ask,
  options: RowsOptions<unknown>
): Effect.Effect<ReadonlyArray<Column>, PostgresError> =>
  Effect.gen(function*() {
    const { lag, name, table } = options
    const refused = (reason: InvalidCursor | InvalidOption) => new PostgresError({ source: name, reason })
    const columns = yield* typesOf(sql, ask, options)
    const unordered = columns.find(({ type }) => !isOrdered(type))
    if (unordered !== undefined) {
      const problem = `is of type ${unordered.type}; give integers, numeric, text, uuid, date or timestamps`
      return yield* refused(new InvalidCursor({ column: unordered.name, problem }))
    }
    if (table !== undefined) {
      const problem = yield* problemOf(sql, ask, table, cursorOf(options))
      if (problem !== undefined) return yield* refused(new InvalidCursor({ column: cursorOf(options).join(", "), problem }))
    }
    const stranger = yield* strangerAmong(sql, ask, options.writers ?? [])
    if (stranger !== undefined) {
      const expected = `tables that are there, which ${JSON.stringify(stranger)} is not; of a view name the tables behind it`
      return yield* refused(new InvalidOption({ option: "writers", expected }))
    }
    if (lag !== undefined) return columns
    if (columns[0] !== undefined && !isCounted(columns[0].type)) {
      const expected = `given with a cursor that begins with ${columns[0].type}: longer than a transaction lasts, since nobody ` +
        "sees who has taken such a value and not written it yet"
      return yield* refused(new InvalidOption({ option: "lag", expected }))
    }
    const [server] = yield* ask(sql<{ readonly standby: boolean }>`select pg_is_in_recovery() as standby`)
    if (server?.standby === true) {
      const expected = "given on a standby, which does not see who is writing"
      return yield* refused(new InvalidOption({ option: "lag", expected }))
    }
    return columns
  })

/** The type of each column; where there is none, or no such table, the server says so. */
const typesOf = (sql: SqlClient, ask: Ask, options: RowsOptions<unknown>) => {
  const source = from(sql, sourceOf(sql, options))
  const names = cursorOf(options)
  const types = sql.csv(names.map((name, index) =>
    sql`pg_typeof((select ${sql(`millrace_rows.${name}`)} from ${source} limit 1))::text as ${sql(`type_${index}`)}`))
  return Effect.map(
    ask(sql<Record<string, string>>`select ${types}`),
    ([row]) => names.map((name, index): Column => ({ name, type: row?.[`type_${index}`] ?? "unknown" }))
  )
}

/** The first name that is no table's: nobody would be seen to write to it. */
const strangerAmong = (sql: SqlClient, ask: Ask, tables: ReadonlyArray<string>): Effect.Effect<string | undefined, PostgresError> =>
  tables.length === 0 ? Effect.undefined : Effect.map(
    ask(sql<{ readonly place: number }>`
      select place::integer from unnest(array[${sql.csv(tables.map((table) => sql`${quoted(table)}`))}]::text[])
        with ordinality as given (name, place) left join pg_class c on c.oid = to_regclass(name)
      where c.relkind is null or c.relkind not in ('r', 'p') order by place limit 1`),
    ([found]) => found === undefined ? undefined : tables[found.place - 1]
  )

interface Kind {
  readonly kind: string
  readonly filled: boolean
  readonly distinct: boolean
}

const problemOf = (sql: SqlClient, ask: Ask, table: string, cursor: ReadonlyArray<string>) =>
  Effect.map(
    ask(sql<Kind>`
      select c.relkind::text as kind,
        not exists (
          select 1 from pg_attribute where attrelid = c.oid and attname in ${sql.in(cursor)} and not attnotnull
        ) as filled,
        exists (
          select 1 from pg_index i
          where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
            and not exists (
              select 1 from unnest(i.indkey::smallint[]) with ordinality as part (attnum, place)
              join pg_attribute a on a.attrelid = c.oid and a.attnum = part.attnum
              where part.place <= i.indnkeyatts and a.attname not in ${sql.in(cursor)}
            )
        ) as distinct
      from pg_class c where c.oid = to_regclass(${quoted(table)})`),
    ([found]): string | undefined => {
      if (found === undefined || !["r", "p"].includes(found.kind)) {
        return "is not of a table; give a view or a foreign table as query, with writers or lag"
      }
      if (!found.filled) return "may be null; rows without it would never be read"
      return found.distinct ? undefined : "is of no unique index; rows that share it would be missed. Add an id to it"
    }
  )
