/** Two batches of pairs side by side: for each key, where its values are in either. */
import type { Encode } from "./encoding.ts"
import { newEncodedKey, newKey } from "./guard.ts"

export type Pairs = ReadonlyArray<readonly [key: unknown, value: unknown]>

/** A key, and the places of its first and last pair on each side, counted from 1; 0 where a side has none. */
export interface Group {
  readonly key: unknown
  left: number
  leftEnd: number
  right: number
  rightEnd: number
}

/** Groups in the order in which the keys came, left before right; and after each pair, the next of its key, or 0. */
export interface Aligned {
  readonly groups: ReadonlyArray<Group>
  readonly nextLeft: Int32Array
  readonly nextRight: Int32Array
}

/**
 * One look-up per pair, and no list per key: the pairs of a key are a chain of places. Keys that only the right side has
 * are left out unless `rightOnly`. The key that came first stands for all that are encoded alike.
 */
export const align = (encode: Encode, left: Pairs, right: Pairs, rightOnly: boolean): Aligned => {
  const byName = new Map<unknown, Group>()
  const groups: Array<Group> = []
  const nextLeft = new Int32Array(left.length)
  const nextRight = new Int32Array(right.length)
  for (let i = 0; i < left.length; i++) {
    const key = left[i]![0]
    const name: unknown = encode === undefined ? key : encode(key)
    const group = byName.get(name)
    if (group === undefined) {
      const added = { key: checked(encode, key, name), left: i + 1, leftEnd: i + 1, right: 0, rightEnd: 0 }
      byName.set(name, added)
      groups.push(added)
    } else {
      nextLeft[group.leftEnd - 1] = i + 1
      group.leftEnd = i + 1
    }
  }
  for (let i = 0; i < right.length; i++) {
    const key = right[i]![0]
    const name: unknown = encode === undefined ? key : encode(key)
    const group = byName.get(name)
    if (group === undefined) {
      const first = checked(encode, key, name)
      if (!rightOnly) continue
      const added = { key: first, left: 0, leftEnd: 0, right: i + 1, rightEnd: i + 1 }
      byName.set(name, added)
      groups.push(added)
    } else {
      if (group.right === 0) group.right = i + 1
      else nextRight[group.rightEnd - 1] = i + 1
      group.rightEnd = i + 1
    }
  }
  return { groups, nextLeft, nextRight }
}

const checked = (encode: Encode, key: unknown, name: unknown): unknown => {
  if (encode === undefined) return newKey(key)
  newEncodedKey(name)
  return key
}
