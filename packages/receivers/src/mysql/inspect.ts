/** Asks the server whether the cursor can be gone by, before anything is read. */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Ask } from "./ask.ts"
import { cursorOf } from "./checked.ts"
import { type Column, isOrdered } from "./Cursor.ts"
import { InvalidCursor, MySqlError, Rejected } from "./MySqlError.ts"
import { partsOf } from "./names.ts"
import type { RowsOptions } from "./Options.ts"

interface Found {
  readonly name: string
  readonly type: string
  readonly nullable: string
}

interface Part {
  readonly name: string
  readonly part: string
}

/** The columns of the cursor with their types; fails where rows would be missed or confused. */
export const inspect = (
  sql: SqlClient,
  ask: Ask,
  options: RowsOptions<unknown>
): Effect.Effect<ReadonlyArray<Column>, MySqlError> =>
  Effect.gen(function*() {
    const [database, table] = partsOf(options.table)
    const found = yield* ask(sql<Found>`
      select column_name as name, data_type as type, is_nullable as nullable from information_schema.columns
      where table_schema = coalesce(${database}, database()) and table_name = ${table}`)
    const parts = yield* ask(sql<Part>`
      select index_name as name, column_name as part from information_schema.statistics
      where table_schema = coalesce(${database}, database()) and table_name = ${table} and non_unique = 0`)
    const cursor = cursorOf(options)
    const columns: Array<Column> = []
    const failure = (reason: InvalidCursor | Rejected) => new MySqlError({ source: options.name, reason })
    if (found.length === 0) return yield* failure(new Rejected({ code: "ER_NO_SUCH_TABLE" }))
    for (const name of cursor) {
      const column = found.find((each) => each.name === name)
      if (column === undefined) return yield* failure(new Rejected({ code: "ER_BAD_FIELD_ERROR" }))
      const problem = problemOf(column)
      if (problem !== undefined) return yield* failure(new InvalidCursor({ column: name, problem }))
      columns.push({ name, type: column.type.toLowerCase() })
    }
    if (!isDistinct(parts, cursor)) {
      const problem = "is of no unique index; rows that share it would be missed. Add an id to it"
      return yield* failure(new InvalidCursor({ column: cursor.join(", "), problem }))
    }
    return columns
  })

const problemOf = ({ nullable, type }: Found): string | undefined => {
  if (!isOrdered(type.toLowerCase())) return `is of type ${type}; give integers, decimal, char, varchar, date, datetime or timestamp`
  return nullable === "YES" ? "may be null; rows without it would never be read" : undefined
}

/** Whether all parts of one unique index are among the columns. */
const isDistinct = (parts: ReadonlyArray<Part>, cursor: ReadonlyArray<string>): boolean => {
  const indexes = new Map<string, boolean>()
  for (const { name, part } of parts) indexes.set(name, (indexes.get(name) ?? true) && cursor.includes(part))
  return [...indexes.values()].includes(true)
}
