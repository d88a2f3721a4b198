/** What a table and its columns are, as the server tells when the sink is opened. */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { MySqlError } from "./MySqlError.ts"
import { partsOf } from "./names.ts"

export interface Column {
  readonly name: string
  readonly kind: "integer" | "decimal" | "float" | "time" | "json" | "other"
  /** Digits of a second that a time has; all of them in text. */
  readonly digits: number
}

/** The columns of a table by their names. */
export type Columns = ReadonlyMap<string, Column>

const kinds: ReadonlyMap<string, Column["kind"]> = new Map([
  ...["tinyint", "smallint", "mediumint", "int", "bigint", "year"].map((type) => [type, "integer"] as const),
  ["decimal", "decimal"],
  ["float", "float"],
  ["double", "float"],
  ...["datetime", "timestamp", "date", "time"].map((type) => [type, "time"] as const),
  ["json", "json"]
])

/** Fails as the server would where there is no such table, and where a transaction would not hold in it. */
export const columnsOf = (
  sql: SqlClient,
  output: string,
  table: string
): Effect.Effect<Columns, SqlError | MySqlError> =>
  Effect.gen(function*() {
    yield* transactionalOnly(sql, output, table)
    const [database, name] = partsOf(table)
    const found = yield* sql<{ readonly name: string; readonly type: string; readonly digits: string | number | null }>`
      select column_name as name, data_type as type, datetime_precision as digits
      from information_schema.columns
      where table_schema = coalesce(${database ?? null}, database()) and table_name = ${name}`
    const json = yield* checkedAsJson(sql, database, name)
    return new Map(found.map(({ digits, name, type }): [string, Column] => {
      const kind = json.has(name) ? "json" : kinds.get(type.toLowerCase()) ?? "other"
      return [name, { name, kind, digits: kind === "other" ? 3 : Number(digits ?? 0) }]
    }))
  })

/** Rows that stay when their transaction is rolled back would be there twice. */
export const transactionalOnly = (
  sql: SqlClient,
  output: string,
  table: string
): Effect.Effect<void, SqlError | MySqlError> =>
  Effect.gen(function*() {
    const [database, name] = partsOf(table)
    const [found] = yield* sql<{ readonly type: string; readonly engine: string | null; readonly transactions: string | null }>`
      select t.table_type as type, t.engine as engine, e.transactions as transactions
      from information_schema.tables t left join information_schema.engines e on e.engine = t.engine
      where t.table_schema = coalesce(${database ?? null}, database()) and t.table_name = ${name}`
    const reason = found === undefined
      ? { _tag: "Rejected", code: "ER_NO_SUCH_TABLE", constraint: undefined } as const
      : found.engine === null || found.transactions === "NO"
      ? { _tag: "NotTransactional", table, engine: found.engine ?? found.type } as const
      : undefined
    if (reason !== undefined) return yield* new MySqlError({ output, reason })
  })

/** MariaDB has no type for JSON: text with a check. */
const checkedAsJson = (sql: SqlClient, database: string | undefined, table: string) =>
  Effect.gen(function*() {
    const [server] = yield* sql<{ readonly version: string }>`select version() as version`
    if (server === undefined || !/mariadb/i.test(server.version)) return new Set<string>()
    const found = yield* sql<{ readonly clause: string }>`
      select check_clause as clause from information_schema.check_constraints
      where constraint_schema = coalesce(${database ?? null}, database()) and table_name = ${table}`
    return new Set(found.flatMap(({ clause }) => /^json_valid\(`([^`]+)`\)$/i.exec(clause)?.[1] ?? []))
  })
