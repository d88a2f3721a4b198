/** Values as the text that PostgreSQL reads, and columns of them as one array. */
import type { Column } from "./columns.ts"

/** A value that cannot be made text: an invalid date, a circle, a bigint in JSON. */
export class Unencodable extends Error {
  readonly column: string

  constructor(column: string) {
    super(column)
    this.column = column
  }
}

/** What the server is to read for a value of this column, or null. */
export const textIn = (column: Column, value: unknown): string | null => {
  if (value === null || value === undefined) return null
  try {
    return column.shape === "json" ? JSON.stringify(value) ?? null : textOf(value)
  } catch {
    throw new Unencodable(column.name)
  }
}

const textOf = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return value
    case "number":
      return Object.is(value, -0) ? "-0" : `${value}`
    case "object":
      return value === null ? "" : objectText(value)
    default:
      return String(value)
  }
}

const objectText = (value: object): string => {
  if (value instanceof Date) return value.toISOString()
  if (ArrayBuffer.isView(value)) {
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`
  }
  if (Array.isArray(value)) return arrayOf(value.map((each) => each === null || each === undefined ? null : element(each)))
  const json = JSON.stringify(value)
  // Times and the like make a string of themselves.
  return json.startsWith("\"") ? String(JSON.parse(json)) : json
}

/** An array within an array is part of its braces; all else is quoted text. */
const element = (value: unknown): string => Array.isArray(value) ? objectText(value) : quoted(textOf(value))

const special = /["\\]/
const specials = /["\\]/g

const quoted = (text: string): string => special.test(text) ? `"${text.replace(specials, "\\$&")}"` : `"${text}"`

const arrayOf = (elements: ReadonlyArray<string | null>): string => {
  let text = "{"
  for (let index = 0; index < elements.length; index++) {
    if (index > 0) text += ","
    text += elements[index] ?? "NULL"
  }
  return `${text}}`
}

/** The texts of a column as one parameter. */
export const parameterOf = (texts: ReadonlyArray<string | null>): string => {
  let parameter = "{"
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index]
    if (index > 0) parameter += ","
    parameter += text === null || text === undefined ? "NULL" : quoted(text)
  }
  return `${parameter}}`
}
