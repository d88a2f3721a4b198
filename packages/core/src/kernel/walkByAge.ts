/** All keys by age: those that are live as they are, the others as a store has them. */
import { type KeyedCodec, keyedDelta, writeRows } from "./keyedCodec.ts"
import type { LiveKeys } from "./LiveKeys.ts"
import type { Delta } from "./Memory.ts"
import { nameIn } from "./storedRow.ts"
import { storedByAge, type StoredKey, type StoredKeys } from "./StoredKeys.ts"

/** Visits a row of the store, or the slot of a live key. */
export const walkByAge = (
  live: LiveKeys,
  stored: StoredKeys,
  visit: (row: StoredKey | undefined, slot: number) => void
): void => {
  for (const row of storedByAge(stored)) {
    const slot = live.find(nameIn(row))
    if (slot === 0) visit(row, 0)
    else if (live.states[slot] !== undefined && live.serials[slot] === row.serial) visit(undefined, slot)
  }
  for (const slot of unknownTo(stored, live)) visit(undefined, slot)
}

const unknownTo = (stored: StoredKeys, live: LiveKeys): ReadonlyArray<number> => {
  const { next } = stored.status()
  const found: Array<number> = []
  for (let slot = 1; slot <= live.last; slot++) {
    if (live.states[slot] !== undefined && live.serials[slot]! >= next) found.push(slot)
  }
  return found.sort((left, right) => live.serials[left]! - live.serials[right]!)
}

/** All of it, written down: what was read and not changed as it was written. */
export const storedSnapshot = (live: LiveKeys, stored: StoredKeys, codec: KeyedCodec, seeded: boolean): Delta => {
  const names: Array<unknown> = []
  const values: Array<unknown> = []
  const keys: Array<unknown> = []
  const at: Array<number> = []
  walkByAge(live, stored, (row, slot) => {
    const one = row === undefined ? writeRows(live, [slot], 1, codec) : undefined
    names.push(row === undefined ? one?.names[0] : row.name)
    values.push(row === undefined ? one?.values[0] : row.value)
    keys.push(row === undefined ? one?.keys?.[0] : row.key)
    at.push(row === undefined ? live.times[slot]! : row.at)
  })
  const columns = { names, values, keys: live.keys === undefined || names.length === 0 ? undefined : keys }
  return keyedDelta([], columns, at.every((time) => time === at[0]) ? at[0] ?? 0 : at, seeded)
}
