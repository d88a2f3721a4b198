/** Deltas out of JSON. */
import type { Delta } from "./OperatorState.ts"
import { field } from "./records.ts"

export const readDelta = (json: unknown): Delta => {
  const rest = field(json, "rest")
  const delta = { removed: columnOf(json, "removed"), names: columnOf(json, "names"), values: columnOf(json, "values") }
  return rest === undefined ? delta : { ...delta, rest }
}

const columnOf = (json: unknown, name: string): ReadonlyArray<unknown> => {
  const values = field(json, name)
  if (!Array.isArray(values)) throw new TypeError("What was written down is no delta")
  return values
}
