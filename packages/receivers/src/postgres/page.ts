/** Rows between two places, a bounded number of them. */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Ask } from "./ask.ts"
import { between, type Column, from, names, textName, texts } from "./Cursor.ts"
import type { Row, RowsOptions } from "./Options.ts"
import { InvalidCursor, PostgresError } from "./PostgresError.ts"
import { sourceOf } from "./source.ts"

export interface Page {
  readonly rows: ReadonlyArray<Row>
  /** About. */
  readonly bytes: number
  /** Of the last row; undefined where there is none. */
  readonly cursor: ReadonlyArray<string> | undefined
  /** Whether no more rows follow up to the place. */
  readonly isWhole: boolean
}

export const pageSizeDefault = 1_000

/** Asks for one row more than it gives, to see whether two share a cursor where they would be parted. */
export const paging = (sql: SqlClient, ask: Ask, options: RowsOptions<unknown>, columns: ReadonlyArray<Column>) => {
  const { name, pageSize = pageSizeDefault } = options
  const source = from(sql, sourceOf(sql, options))
  const places = columns.map((_, index) => textName(index))
  const cursorIn = (row: Row): ReadonlyArray<string> => places.map((place) => String(row[place]))
  return (
    after: ReadonlyArray<string> | undefined,
    until: ReadonlyArray<string>
  ): Effect.Effect<Page, PostgresError> =>
    Effect.flatMap(
      ask(sql<Row>`
        select millrace_rows.*, ${texts(sql, columns)} from ${source}
        where ${between(sql, columns, after, until)} order by ${names(sql, columns)} limit ${pageSize + 1}::bigint`),
      (found) => {
        if (hasTwins(found, places)) {
          const column = columns.map((each) => each.name).join(", ")
          return Effect.fail(new PostgresError({
            source: name,
            reason: new InvalidCursor({ column, problem: "is shared by rows; add a column that tells them apart" })
          }))
        }
        const count = Math.min(found.length, pageSize)
        const last = found[count - 1]
        return Effect.succeed({
          ...bare(found, count, places),
          cursor: last === undefined ? undefined : cursorIn(last),
          isWhole: found.length <= pageSize
        })
      }
    )
}

const hasTwins = (rows: ReadonlyArray<Row>, places: ReadonlyArray<string>): boolean => {
  for (let index = 1; index < rows.length; index++) {
    const one = rows[index - 1]!
    const other = rows[index]!
    if (places.every((place) => one[place] === other[place])) return true
  }
  return false
}

/** The rows without the columns that were added, and about how large they are. */
const bare = (found: ReadonlyArray<Row>, count: number, places: ReadonlyArray<string>) => {
  const columns = Object.keys(found[0] ?? {}).filter((column) => !places.includes(column))
  const rows = new Array<Row>(count)
  let bytes = 0
  for (let index = 0; index < count; index++) {
    const source = found[index]!
    const row: Record<string, unknown> = {}
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at]!
      const value = source[column]
      row[column] = value
      bytes += typeof value === "string" ? value.length : value instanceof Uint8Array ? value.length : 8
    }
    rows[index] = row
  }
  return { rows, bytes }
}
