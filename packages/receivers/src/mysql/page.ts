/** Rows between two places, a bounded number of them, and the place of the newest. */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Ask } from "./ask.ts"
import { between, type Column, ordered, textName, texts } from "./Cursor.ts"
import type { MySqlError } from "./MySqlError.ts"
import type { Row, RowsOptions } from "./Options.ts"

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

const cursorIn = (row: Row, columns: ReadonlyArray<Column>): ReadonlyArray<string> =>
  columns.map((_, index) => String(row[textName(index)]))

/** The cursor of the newest row after a position; nothing where there is none. */
export const newestAfter = (
  sql: SqlClient,
  ask: Ask,
  { table }: RowsOptions<unknown>,
  columns: ReadonlyArray<Column>
) =>
(after: ReadonlyArray<string> | undefined): Effect.Effect<ReadonlyArray<string> | undefined, MySqlError> =>
  Effect.map(
    ask(sql<Row>`
      select ${texts(sql, columns)} from ${sql(table)} where ${between(sql, columns, after, undefined)}
      order by ${ordered(sql, columns, true)} limit 1`),
    ([row]) => row === undefined ? undefined : cursorIn(row, columns)
  )

export const paging = (sql: SqlClient, ask: Ask, options: RowsOptions<unknown>, columns: ReadonlyArray<Column>) => {
  const { pageSize = pageSizeDefault, table } = options
  const places = columns.map((_, index) => textName(index))
  return (after: ReadonlyArray<string> | undefined, until: ReadonlyArray<string>): Effect.Effect<Page, MySqlError> =>
    Effect.map(
      ask(sql<Row>`
        select ${sql(table)}.*, ${texts(sql, columns)} from ${sql(table)} where ${between(sql, columns, after, until)}
        order by ${ordered(sql, columns, false)} limit ${sql.literal(String(pageSize))}`),
      (found) => {
        const last = found.at(-1)
        return {
          ...bare(found, places),
          cursor: last === undefined ? undefined : cursorIn(last, columns),
          isWhole: found.length < pageSize
        }
      }
    )
}

/** The rows without the columns that were added, and about how large they are. */
const bare = (found: ReadonlyArray<Row>, places: ReadonlyArray<string>) => {
  const columns = Object.keys(found[0] ?? {}).filter((column) => !places.includes(column))
  const rows = new Array<Row>(found.length)
  let bytes = 0
  for (let index = 0; index < found.length; index++) {
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
