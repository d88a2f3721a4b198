/** Deltas as rows, one for each entry, and back. */

/** Several deltas are told apart by a row `{ "delta": n }` before each. */
export function* rowsOf(deltas: ReadonlyArray<unknown>): Iterable<unknown> {
  for (const [index, delta] of deltas.entries()) {
    if (deltas.length > 1) yield { delta: index + 1 }
    const names = column(delta, "names")
    const values = column(delta, "values")
    for (const removed of column(delta, "removed")) yield { removed }
    for (const [place, name] of names.entries()) yield { name, value: values[place] }
    const rest = own(delta, "rest")
    if (rest !== undefined) yield { rest }
  }
}

interface Columns {
  readonly removed: Array<unknown>
  readonly names: Array<unknown>
  readonly values: Array<unknown>
  rest?: unknown
}

export const deltasOf = (rows: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const deltas: Array<Columns> = []
  for (const row of rows) {
    if (has(row, "delta") || deltas.length === 0) deltas.push({ removed: [], names: [], values: [] })
    const delta = deltas.at(-1)
    if (delta === undefined || has(row, "delta")) continue
    if (has(row, "removed")) delta.removed.push(own(row, "removed"))
    else if (has(row, "name")) {
      delta.names.push(own(row, "name"))
      delta.values.push(own(row, "value"))
    } else if (has(row, "rest")) delta.rest = own(row, "rest")
    else throw new Error("a row of an operator is no entry")
  }
  return deltas
}

const has = (value: unknown, name: string): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)

const own = (value: unknown, name: string): unknown => has(value, name) ? value[name] : undefined

const column = (delta: unknown, name: string): ReadonlyArray<unknown> => {
  const found = own(delta, name)
  return Array.isArray(found) ? found : []
}
