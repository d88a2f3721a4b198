/** How keyed state is written down: names, states, and beside them times and those keys that are not their own names. */
import type { Primitive } from "../batch/Key.ts"
import type { Delta } from "./Memory.ts"
import { fromJson, toJson } from "./primitiveJson.ts"
import type { Slots } from "./Slots.ts"
import type { AnyFunction } from "./Step.ts"

/** Compiled once per run. */
export interface KeyedCodec {
  readonly encodeState: AnyFunction
  readonly decodeState: AnyFunction
  /** Set where the user gave a schema for structural keys. */
  readonly encodeKey: AnyFunction | undefined
  readonly decodeKey: AnyFunction | undefined
}

/** What is written beside names and states. */
interface Rest {
  /** When the keys were updated last: each, or all of them. */
  readonly at?: number | ReadonlyArray<number> | undefined
  readonly keys?: ReadonlyArray<unknown> | undefined
  /** That the initial state was taken, also when none of it is left. */
  readonly seeded?: true | undefined
}

/** Keys and their states by slot. */
export interface Columns {
  readonly states: ReadonlyArray<unknown>
  readonly names: ReadonlyArray<Primitive | undefined>
  /** Whether all names that there ever were are JSON as they are. */
  readonly areNamesJson: boolean
  /** Set where names are not the keys themselves. */
  readonly keys: ReadonlyArray<unknown> | undefined
}

/** Keys as columns. Column by column, and each as long as it will be: to let it grow costs as much as to fill it. */
export const writeRows = (
  slots: Columns,
  rows: ArrayLike<number>,
  count: number,
  { encodeKey, encodeState }: KeyedCodec
): { readonly names: ReadonlyArray<unknown>; readonly values: ReadonlyArray<unknown>; readonly keys: Rest["keys"] } => {
  const { areNamesJson, keys, states } = slots
  const names = new Array<unknown>(count).fill(undefined)
  const values = new Array<unknown>(count)
  for (let i = 0; i < count; i++) names[i] = slots.names[rows[i]!]
  if (!areNamesJson) for (let i = 0; i < count; i++) names[i] = toJson(slots.names[rows[i]!]!)
  for (let i = 0; i < count; i++) values[i] = encodeState(states[rows[i]!])
  if (keys === undefined || encodeKey === undefined || count === 0) return { names, values, keys: undefined }
  return { names, values, keys: Array.from({ length: count }, (_, i) => encodeKey(keys[rows[i]!])) }
}

/** A delta with no more in it than it needs. */
export const keyedDelta = (
  removed: ReadonlyArray<unknown>,
  { keys, names, values }: ReturnType<typeof writeRows>,
  at: number | ReadonlyArray<number>,
  seeded: boolean
): Delta => {
  const rest: Rest = {
    ...(names.length > 0 ? { at } : {}),
    ...(keys === undefined ? {} : { keys }),
    ...(seeded ? { seeded } : {})
  }
  return Object.keys(rest).length > 0 ? { removed, names, values, rest } : { removed, names, values }
}

/** All keys by age. */
export const keyedSnapshot = (slots: Slots, codec: KeyedCodec, seeded: boolean): Delta => {
  const rows: Array<number> = []
  for (let slot = 1; slot < slots.next; slot++) if (slots.states[slot] !== undefined) rows.push(slot)
  const times = rows.map((slot) => slots.timeOf(slot))
  const at = times.every((time) => time === times[0]) ? times[0] ?? 0 : times
  return keyedDelta([], writeRows(slots, rows, rows.length, codec), at, seeded)
}

/** One key that was written down. */
export interface KeyedRow {
  readonly name: Primitive
  readonly key: unknown
  readonly state: unknown
  readonly at: number
}

/** Reads a delta key by key. */
export const readRows = (
  { names, rest, values }: Delta,
  { decodeKey, decodeState }: KeyedCodec,
  each: (row: KeyedRow) => void
): void => {
  const { at, keys } = restOf(rest)
  for (let i = 0; i < names.length; i++) {
    const name = fromJson(names[i])
    const time = typeof at === "number" ? at : at?.[i]
    if (typeof time !== "number") throw new TypeError("What was written down of keys does not say when they were updated")
    const key = keys === undefined || decodeKey === undefined ? name : decodeKey(keys[i])
    each({ name, key, state: decodeState(values[i]), at: time })
  }
}

export const isSeeded = ({ names, rest }: Delta): boolean => names.length > 0 || restOf(rest).seeded === true

const isRest = (rest: unknown): rest is Rest => typeof rest === "object" && rest !== null

const restOf = (rest: unknown): Rest => isRest(rest) ? rest : {}
