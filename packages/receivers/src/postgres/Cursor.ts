/** The columns that rows are gone along by, and their values as text that loses nothing. */
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"

export interface Column {
  readonly name: string
  /** As `pg_typeof` has it. */
  readonly type: string
}

/** Text of one form whatever the session has for its time zone and its style of dates; none of infinite ones. */
const forms: ReadonlyMap<string, string> = new Map([
  ["timestamp with time zone", "YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\" AD"],
  ["timestamp without time zone", "YYYY-MM-DD\"T\"HH24:MI:SS.US AD"],
  ["date", "YYYY-MM-DD AD"]
])

const integers: ReadonlySet<string> = new Set(["smallint", "integer", "bigint", "xid8"])
const others: ReadonlySet<string> = new Set(["numeric", "text", "character varying", "uuid"])

/** Types whose values have one order and a text that is exact. */
export const isOrdered = (type: string): boolean => integers.has(type) || others.has(type) || forms.has(type)

/** Types that a sequence gives, which no one takes before writing where a column's default does it. */
export const isCounted = (type: string): boolean => integers.has(type)

const alias = "millrace_rows"

export const from = (sql: SqlClient, source: Fragment): Fragment => sql`${source} as ${sql(alias)}`

/** Where a row holds the text of each column of its cursor. */
export const textName = (index: number): string => `millrace_cursor_${index}`

const textOf = (sql: SqlClient, { name, type }: Column): Fragment => {
  const column = sql`${sql(alias)}.${sql(name)}`
  const form = forms.get(type)
  if (form === undefined) return sql`${column}::text`
  const time = type === "timestamp with time zone" ? sql`${column} at time zone 'UTC'` : column
  return sql`coalesce(to_char(${time}, ${sql.literal(`'${form}'`)}), ${column}::text)`
}

const lasts: ReadonlySet<string> = new Set(["infinity", "Infinity", "NaN"])

/** Values that nothing comes after, among types that have any: whoever went on after one would find no row any more. */
export const isLast = ({ type }: Column, text: string | undefined): boolean =>
  text !== undefined && (type === "numeric" || forms.has(type)) && lasts.has(text)

export const texts = (sql: SqlClient, columns: ReadonlyArray<Column>): Fragment =>
  sql.csv(columns.map((column, index) => sql`${textOf(sql, column)} as ${sql(textName(index))}`))

export const names = (sql: SqlClient, columns: ReadonlyArray<Column>): Fragment =>
  sql.csv(columns.map(({ name }) => sql`${sql(alias)}.${sql(name)}`))

export const descending = (sql: SqlClient, columns: ReadonlyArray<Column>): Fragment =>
  sql.csv(columns.map(({ name }) => sql`${sql(alias)}.${sql(name)} desc`))

const at = (sql: SqlClient, columns: ReadonlyArray<Column>, position: ReadonlyArray<string>): Fragment =>
  sql.csv(columns.map(({ type }, index) => sql`${position[index]}::text::${sql.literal(type)}`))

/** The rows after one position, or from the first, up to and including another, or to the last. */
export const between = (
  sql: SqlClient,
  columns: ReadonlyArray<Column>,
  after: ReadonlyArray<string> | undefined,
  until: ReadonlyArray<string> | undefined
): Fragment =>
  sql.and([
    ...columns.map(({ name }) => sql`${sql(alias)}.${sql(name)} is not null`),
    ...(after === undefined ? [] : [sql`(${names(sql, columns)}) > (${at(sql, columns, after)})`]),
    ...(until === undefined ? [] : [sql`(${names(sql, columns)}) <= (${at(sql, columns, until)})`])
  ])
