/** Joins of two batches of pairs, key by key. */
import { align, type Pairs } from "./align.ts"
import type { Encode } from "./encoding.ts"

type Join = (encode: Encode, left: Pairs, right: Pairs) => ReadonlyArray<unknown>

/** How a side that may be missing is shown. */
export interface Optional {
  readonly none: unknown
  readonly some: (value: unknown) => unknown
}

/** Every value of a key on the left with every value of it on the right. */
export const innerJoin: Join = (encode, left, right) => {
  const { groups, nextLeft, nextRight } = align(encode, left, right, false)
  const out: Array<unknown> = []
  for (let g = 0; g < groups.length; g++) {
    const { key, left: firstLeft, right: firstRight } = groups[g]!
    if (firstRight === 0) continue
    for (let l = firstLeft; l > 0; l = nextLeft[l - 1]!) {
      const value = left[l - 1]![1]
      for (let r = firstRight; r > 0; r = nextRight[r - 1]!) out.push([key, [value, right[r - 1]![1]]])
    }
  }
  return out
}

/** Keeps the keys of one side or both; what the other side has is optional then. */
export const outerJoin = (
  { left: keepsLeft, right: keepsRight }: { readonly left: boolean; readonly right: boolean },
  { none, some }: Optional
): Join => {
  const ofLeft = keepsRight ? some : same
  const ofRight = keepsLeft ? some : same
  return (encode, left, right) => {
    const { groups, nextLeft, nextRight } = align(encode, left, right, keepsRight)
    const out: Array<unknown> = []
    for (let g = 0; g < groups.length; g++) {
      const { key, left: firstLeft, right: firstRight } = groups[g]!
      if (firstLeft === 0) {
        for (let r = firstRight; r > 0; r = nextRight[r - 1]!) out.push([key, [none, ofRight(right[r - 1]![1])]])
        continue
      }
      if (firstRight === 0 && !keepsLeft) continue
      for (let l = firstLeft; l > 0; l = nextLeft[l - 1]!) {
        const value = ofLeft(left[l - 1]![1])
        if (firstRight === 0) out.push([key, [value, none]])
        for (let r = firstRight; r > 0; r = nextRight[r - 1]!) out.push([key, [value, ofRight(right[r - 1]![1])]])
      }
    }
    return out
  }
}

/** All values of a key on the left, and all on the right. */
export const cogroupPairs: Join = (encode, left, right) => {
  const { groups, nextLeft, nextRight } = align(encode, left, right, true)
  return groups.map((group) => [group.key, [values(left, nextLeft, group.left), values(right, nextRight, group.right)]])
}

const values = (pairs: Pairs, next: Int32Array, first: number): ReadonlyArray<unknown> => {
  const found: Array<unknown> = []
  for (let place = first; place > 0; place = next[place - 1]!) found.push(pairs[place - 1]![1])
  return found
}

const same = (value: unknown): unknown => value
