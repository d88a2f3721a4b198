/** Values as SQL has them, and as parameters. */
import type { Column } from "./columns.ts"

/** A value that a column cannot hold as it is. */
export class Unencodable extends Error {
  readonly column: string

  constructor(column: string) {
    super(column)
    this.column = column
  }
}

/** The literal of a value for this column. Never longer than three bytes a character. */
export const literalOf = (column: Column, value: unknown): string => {
  if (value === null || value === undefined) return "null"
  if (column.kind === "json") return textLiteral(column, jsonOf(column, value))
  switch (typeof value) {
    case "string":
      if (column.kind === "integer" && !/^\s*[+-]?\d+\s*$/.test(value)) throw new Unencodable(column.name)
      return textLiteral(column, value)
    case "number":
      return numberLiteral(column, value)
    case "bigint":
      return value.toString()
    case "boolean":
      return value ? "1" : "0"
    case "object":
      return objectLiteral(column, value)
    default:
      throw new Unencodable(column.name)
  }
}

/** The server would round a fraction to an integer without a word. */
const numberLiteral = (column: Column, value: number): string => {
  if (!Number.isFinite(value) || (column.kind === "integer" && !Number.isInteger(value))) throw new Unencodable(column.name)
  const text = `${value}`
  if (text.includes("e")) return text
  // With an exponent it is read as a double at once, and not as a decimal before.
  if (column.kind === "float") return `${Object.is(value, -0) ? "-0" : text}e0`
  return text
}

const objectLiteral = (column: Column, value: object): string => {
  if (value instanceof Date) return `'${timeOf(column, value)}'`
  if (ArrayBuffer.isView(value)) {
    return `x'${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}'`
  }
  return textLiteral(column, jsonOf(column, value))
}

const jsonOf = (column: Column, value: unknown): string => {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    throw new Unencodable(column.name)
  }
  if (text === undefined) throw new Unencodable(column.name)
  return text
}

const special = /[\\\0\p{Surrogate}]/u
const alone = /\p{Surrogate}/u

/** Whether a backslash escapes is a setting of the session; text that has one goes as its bytes. */
const textLiteral = (column: Column, text: string): string => {
  if (special.test(text)) {
    if (alone.test(text)) throw new Unencodable(column.name)
    return `_utf8mb4 x'${Buffer.from(text, "utf8").toString("hex")}'`
  }
  return text.includes("'") ? `'${text.replaceAll("'", "''")}'` : `'${text}'`
}

const year0 = -62_167_219_200_000
const year10000 = 253_402_300_800_000

/** UTC. Digits of a second that the column has not are left out, where the server would round. */
const timeOf = ({ digits, name }: Column, value: Date): string => {
  const millis = value.getTime()
  if (!(millis >= year0 && millis < year10000)) throw new Unencodable(name)
  const text = value.toISOString()
  const seconds = `${text.slice(0, 10)} ${text.slice(11, 19)}`
  return digits === 0 ? seconds : `${seconds}.${text.slice(20, 20 + Math.min(3, digits))}`
}

/** What the client can send for a parameter of a statement. */
export const parameterOf = (value: unknown): string | number | Buffer | null => {
  switch (typeof value) {
    case "string":
    case "number":
      return value
    case "bigint":
      return value.toString()
    case "boolean":
      return value ? 1 : 0
    case "object":
      if (value === null) return null
      if (value instanceof Date) return value.toISOString().slice(0, 23).replace("T", " ")
      return ArrayBuffer.isView(value)
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
        : JSON.stringify(value)
    default:
      return null
  }
}
