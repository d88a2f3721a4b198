/** What stands in a snapshot for an operator whose entries are in a store of their own. */
import type { Delta } from "./OperatorState.ts"
import { field } from "./records.ts"

/** The store has all batches up to this one, and they survive a loss of power. */
export const storedMarker = (batch: number): Delta => ({ removed: [], names: [], values: [], rest: { stored: batch } })

/** The batch of a marker; `undefined` for what is none. */
export const storedUntil = (delta: unknown): number | undefined => {
  const batch = field(field(delta, "rest"), "stored")
  return typeof batch === "number" ? batch : undefined
}
