/** Deltas of state per key, as rows. */
import type { Delta, KeyedRest } from "./OperatorState.ts"
import { field } from "./records.ts"

export const restOf = ({ rest }: Delta): KeyedRest => {
  const at = field(rest, "at")
  const keys = field(rest, "keys")
  return {
    at: typeof at === "number" || Array.isArray(at) ? at : undefined,
    keys: Array.isArray(keys) ? keys : undefined,
    seeded: field(rest, "seeded") === true ? true : undefined
  }
}

/** When the key at a place was updated last. */
export const timeAt = ({ at }: KeyedRest, index: number): number => {
  const time = typeof at === "number" ? at : at?.[index]
  if (typeof time !== "number") throw new TypeError("A delta of keys does not say when they were updated")
  return time
}

export const isSeeded = (delta: Delta): boolean => delta.names.length > 0 || restOf(delta).seeded === true
