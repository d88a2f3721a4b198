/** The columns that rows are gone along by, and their values as text that loses nothing. */
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"

export interface Column {
  readonly name: string
  /** Of the server, without length and sign. */
  readonly type: string
}

const numbers: ReadonlySet<string> = new Set(["tinyint", "smallint", "mediumint", "int", "bigint", "decimal"])
const times: ReadonlySet<string> = new Set(["datetime", "timestamp"])
const others: ReadonlySet<string> = new Set(["char", "varchar", "date"])

/** Types whose values have one order and a text that is exact. */
export const isOrdered = (type: string): boolean => numbers.has(type) || times.has(type) || others.has(type)

/** Where a row holds the text of each column of its cursor. */
export const textName = (index: number): string => `millrace_cursor_${index}`

export const texts = (sql: SqlClient, columns: ReadonlyArray<Column>): Fragment =>
  sql.csv(columns.map(({ name }, index) => sql`cast(${sql(name)} as char) as ${sql(textName(index))}`))

export const ordered = (sql: SqlClient, columns: ReadonlyArray<Column>, isDescending: boolean): Fragment =>
  sql.csv(columns.map(({ name }) => isDescending ? sql`${sql(name)} desc` : sql`${sql(name)}`))

/** A number that is compared as text is compared as a double, which loses the end of long ones. */
const valueOf = (sql: SqlClient, { type }: Column, text: string): Fragment => {
  if (numbers.has(type) && /^-?\d+(\.\d+)?$/.test(text)) return sql.literal(text)
  if (times.has(type)) return sql`cast(${text} as datetime(6))`
  return type === "date" ? sql`cast(${text} as date)` : sql`${text}`
}

/** Spelled out: the server goes along an index by that, and not by a comparison of rows. */
const beyond = (
  sql: SqlClient,
  columns: ReadonlyArray<Column>,
  position: ReadonlyArray<string>,
  isAfter: boolean
): Fragment =>
  sql.or(columns.map((column, index) => {
    const sides = columns.slice(0, index).map((each, at) => sql`${sql(each.name)} = ${valueOf(sql, each, position[at] ?? "")}`)
    const value = valueOf(sql, column, position[index] ?? "")
    const last = isAfter
      ? sql`${sql(column.name)} > ${value}`
      : index + 1 === columns.length
      ? sql`${sql(column.name)} <= ${value}`
      : sql`${sql(column.name)} < ${value}`
    return sql.and([...sides, last])
  }))

/** The rows after one position, or from the first, up to and including another, or to the last. */
export const between = (
  sql: SqlClient,
  columns: ReadonlyArray<Column>,
  after: ReadonlyArray<string> | undefined,
  until: ReadonlyArray<string> | undefined
): Fragment =>
  sql.and([
    ...(after === undefined ? [] : [beyond(sql, columns, after, true)]),
    ...(until === undefined ? [] : [beyond(sql, columns, until, false)])
  ])
