/** What the columns of a table are, as the server tells when the sink is opened. */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { quoted } from "./names.ts"
import { PostgresError } from "./PostgresError.ts"

export interface Column {
  readonly name: string
  /** As SQL has it, without length or precision: those are for the table to hold a value to. */
  readonly type: string
  readonly shape: "plain" | "array" | "json"
}

/** The columns of a table by their quoted names. */
export type Columns = ReadonlyMap<string, Column>

/** Fails as the server would, `42P01`, where there is no such table. */
export const columnsOf = (
  sql: SqlClient,
  output: string,
  table: string
): Effect.Effect<Columns, SqlError | PostgresError> =>
  Effect.flatMap(
    sql<Column>`
      select '"' || attname || '"' as name, format_type(t.oid, -1) as type,
        case when t.typcategory = 'A' then 'array'
          when coalesce(nullif(t.typbasetype, 0), t.oid) in ('json'::regtype, 'jsonb'::regtype) then 'json'
          else 'plain' end as shape
      from pg_attribute join pg_type t on t.oid = atttypid
      where attrelid = to_regclass(${quoted(sql, table)}) and attnum > 0 and not attisdropped`,
    (found) =>
      found.length > 0
        ? Effect.succeed(new Map(found.map((column) => [column.name, column])))
        : Effect.fail(new PostgresError({ output, reason: { _tag: "Rejected", code: "42P01", constraint: undefined } }))
  )
