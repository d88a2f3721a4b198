/** Rows as statements of bounded size, with a parameter for each column: the text of a statement is the same for any rows. */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { type ArrayParameter, type Binary, binaryOf } from "./binary.ts"
import { type Column, type Columns } from "./columns.ts"
import { columnProblem, identifier, quoted } from "./names.ts"
import { PostgresError, type Reason } from "./PostgresError.ts"
import { parameterOf, textIn, Unencodable } from "./values.ts"

/** A row: values by column. */
export type Row = Readonly<Record<string, unknown>>

/** More rows make a statement no faster, and the thread is not given back while it is put together. */
const maxRows = 5_000
const maxLength = 8 * 1024 * 1024

/** Where rows go. */
export interface Target {
  readonly sql: SqlClient
  readonly output: string
  readonly table: string
  readonly columns: Columns
  /** How values go that need not be text; without it all are. */
  readonly arrays: ArrayParameter | undefined
  /** What follows the rows. */
  readonly onConflict: (names: ReadonlyArray<string>) => Fragment
}

/** Inserts the rows. All have the columns of the first. No span shows why the server refuses one, in words that quote it. */
export const write = (target: Target, rows: ReadonlyArray<Row>): Effect.Effect<void, SqlError | PostgresError> =>
  Effect.gen(function*() {
    const { arrays, columns, output, sql, table } = target
    const names = Object.keys(rows[0] ?? {})
    const problem = problemOf(rows, names)
    if (problem !== undefined) return yield* failure(output, { _tag: "BadOptions", problem })
    const given: Array<Column> = []
    for (const name of names) {
      const found = columns.get(quoted(sql, name))
      if (found === undefined) return yield* failure(output, { _tag: "Rejected", code: "42703", constraint: undefined })
      given.push({ ...found, name })
    }
    const list = sql.csv(names.map((name) => sql`${identifier(sql, name)}`))
    const values = sql.csv(given.map(({ name, shape, type }) =>
      shape === "array" ? sql`${identifier(sql, name)}::${sql.literal(type)}` : sql`${identifier(sql, name)}`))
    const end = target.onConflict(names)
    for (let from = 0; from < rows.length;) {
      const { parameters, until } = yield* encoding(output, () => encode(given, rows, from, arrays))
      const columnsOfRows = sql.csv(given.map(({ shape, type }, at) =>
        sql`${parameters[at]}::${sql.literal(shape === "array" ? "text" : type)}[]`))
      const statement = sql`insert into ${identifier(sql, table)} (${list}) select ${values} from unnest(${columnsOfRows}) as row (${list}) ${end}`
      yield* Effect.withTracerEnabled(statement, false)
      from = until
    }
  })

/** What a value that is no text fails with. */
export const encoding = <A>(output: string, encode: () => A): Effect.Effect<A, PostgresError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(encode())
    } catch (cause) {
      return cause instanceof Unencodable
        ? failure(output, { _tag: "Unencodable", column: cause.column })
        : Effect.die(cause)
    }
  })

const encode = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<Row>,
  from: number,
  arrays: ArrayParameter | undefined
) => {
  const cells = columns.map((column) =>
    new Cells(column, arrays === undefined || column.shape !== "plain" ? undefined : binaryOf(column.type)))
  let length = 0
  let until = from
  for (; until < rows.length && until - from < maxRows && length < maxLength; until++) {
    const row = rows[until]!
    for (let at = 0; at < cells.length; at++) {
      const cell = cells[at]!
      length += cell.add(row[cell.name])
    }
  }
  return { parameters: cells.map((cell) => cell.parameter(arrays)), until }
}

/** The values of a column in one statement: as they are for as long as all allow it, and else all as text. */
class Cells {
  readonly name: string
  readonly #column: Column
  #binary: Binary | undefined
  readonly #values: Array<unknown> = []
  readonly #texts: Array<string | null> = []

  constructor(column: Column, binary: Binary | undefined) {
    this.name = column.name
    this.#column = column
    this.#binary = binary
  }

  /** About how long it is. */
  add(value: unknown): number {
    if (this.#binary !== undefined) {
      const given = value === null || value === undefined ? null : this.#binary.of(value)
      if (given !== undefined) {
        this.#values.push(given)
        return typeof given === "string" ? given.length : 8
      }
      this.#binary = undefined
      for (const each of this.#values) this.#texts.push(textIn(this.#column, each))
    }
    const text = textIn(this.#column, value)
    this.#texts.push(text)
    return text === null ? 4 : text.length
  }

  parameter(arrays: ArrayParameter | undefined): unknown {
    return this.#binary === undefined || arrays === undefined
      ? parameterOf(this.#texts)
      : arrays(this.#values, this.#binary.oid)
  }
}

const failure = (output: string, reason: Reason) => Effect.fail(new PostgresError({ output, reason }))

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
