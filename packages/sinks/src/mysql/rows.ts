/** Rows as statements of bounded size. */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Column, Columns } from "./columns.ts"
import { MySqlError, type Reason } from "./MySqlError.ts"
import { columnProblem, quoted } from "./names.ts"
import { literalOf, Unencodable } from "./values.ts"

/** A row: values by column. */
export type Row = Readonly<Record<string, unknown>>

/** More rows make a statement no faster, and the thread is not given back while it is put together. */
const maxRows = 5_000
/** In characters. */
const maxLength = 1024 * 1024

/** Where rows go. */
export interface Target {
  readonly sql: SqlClient
  readonly output: string
  readonly table: string
  readonly columns: Columns
  /** The server's limit for a statement, in bytes. */
  readonly maxPacket: number
  /** What follows the rows. */
  readonly end: (names: ReadonlyArray<string>) => string
  /** Why rows of these columns may not be written. */
  readonly problem: (names: ReadonlyArray<string>) => string | undefined
}

/** Inserts the rows. All have the columns of the first. No span shows the statement, which holds them. */
export const write = (target: Target, rows: ReadonlyArray<Row>): Effect.Effect<void, SqlError | MySqlError> =>
  Effect.gen(function*() {
    const { columns, output, sql, table } = target
    const names = Object.keys(rows[0] ?? {})
    const problem = problemOf(rows, names) ?? target.problem(names)
    if (problem !== undefined) return yield* failure(output, { _tag: "BadOptions", problem })
    const given: Array<Column> = []
    for (const name of names) {
      const found = columns.get(name)
      if (found === undefined) return yield* failure(output, { _tag: "Rejected", code: "ER_BAD_FIELD_ERROR", constraint: undefined })
      given.push(found)
    }
    const begin = `insert into ${quoted(table)} (${names.map(quoted).join(", ")}) values `
    const end = target.end(names)
    for (let from = 0; from < rows.length;) {
      const { text, until } = yield* encoding(target, () => encode(target, given, rows, from))
      yield* Effect.withTracerEnabled(sql.unsafe(`${begin}${text}${end}`).raw, false)
      from = until
    }
  })

/** A row that no statement can hold. */
class TooLong extends Error {
  readonly bytes: number

  constructor(bytes: number) {
    super("too long")
    this.bytes = bytes
  }
}

const encoding = <A>({ maxPacket, output }: Target, encode: () => A): Effect.Effect<A, MySqlError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(encode())
    } catch (cause) {
      if (cause instanceof Unencodable) return failure(output, { _tag: "Unencodable", column: cause.column })
      return cause instanceof TooLong
        ? failure(output, { _tag: "TooLarge", bytes: cause.bytes, maxBytes: maxPacket })
        : Effect.die(cause)
    }
  })

/** Room for the names, what follows the rows, and the packet's own header. */
const spare = 64 * 1024

const encode = ({ maxPacket }: Target, columns: ReadonlyArray<Column>, rows: ReadonlyArray<Row>, from: number) => {
  const room = Math.max(1_024, maxPacket - spare)
  const length = Math.min(maxLength, Math.floor(room / 3))
  let text = ""
  let until = from
  for (; until < rows.length && until - from < maxRows && text.length < length; until++) {
    const row = rows[until]!
    let literals = until === from ? "(" : ",("
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at]!
      literals += at === 0 ? literalOf(column, row[column.name]) : `,${literalOf(column, row[column.name])}`
    }
    literals += ")"
    if (text.length + literals.length > length) {
      if (until > from) break
      const bytes = Buffer.byteLength(literals)
      if (bytes > room) throw new TooLong(bytes)
    }
    text += literals
  }
  return { text, until }
}

const failure = (output: string, reason: Reason) => Effect.fail(new MySqlError({ output, reason }))

const problemOf = (rows: ReadonlyArray<Row>, columns: ReadonlyArray<string>): string | undefined => {
  if (columns.length === 0) return "an item makes a row without columns"
  const bad = columns.map(columnProblem).find((problem) => problem !== undefined)
  if (bad !== undefined) return bad
  for (let index = 1; index < rows.length; index++) {
    const row = rows[index]!
    if (Object.keys(row).length !== columns.length || !columns.every((column) => Object.hasOwn(row, column))) {
      return `row ${index} of the batch has other columns than the first. Give every row the same, with null for nothing`
    }
  }
  return undefined
}

/** What the server takes at most. */
export const maxPacketOf = (sql: SqlClient): Effect.Effect<number, SqlError> =>
  Effect.map(
    sql<{ readonly bytes: string | number }>`select @@max_allowed_packet as bytes`,
    ([row]) => Number(row?.bytes ?? 1024 * 1024)
  )
