/** What commands say: text for people, JSON for programs. */
import * as Console from "effect/Console"
import type * as Effect from "effect/Effect"

export const print = (isJson: boolean, value: unknown, text: () => string): Effect.Effect<void> =>
  Console.log(isJson ? JSON.stringify(value, plain, 2) : text())

/** What JSON has no form for is shown as text. */
const plain = (_: string, value: unknown): unknown => typeof value === "bigint" ? String(value) : value

/** Columns as wide as what is in them; numbers to the right. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string | number>>): string => {
  const lines = [head, ...rows.map((row) => row.map(String))]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"))
  return lines.map((line) =>
    line.map((cell, column) => isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))
      .join("  ").trimEnd()
  ).join("\n")
}

export const bytes = (n: number): string =>
  n < 1024 ? `${n} B` : n < 1024 ** 2 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / 1024 ** 2).toFixed(1)} MiB`

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
