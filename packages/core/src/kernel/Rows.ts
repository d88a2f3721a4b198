/** A table that batches are joined with: pairs, found by their keys. */
import type { Pairs } from "./align.ts"
import type { Encode } from "./encoding.ts"
import { newEncodedKey, newKey } from "./guard.ts"
import type { Optional } from "./joinPairs.ts"

/** Fixed once made; a refreshed table is another one. Values of a key keep their order. */
export class Rows {
  private readonly pairs: Pairs
  /** Almost always one: the streams that a table is joined with encode their keys alike, or not at all. */
  private readonly indexes = new Map<Encode, ReadonlyMap<unknown, ReadonlyArray<unknown>>>()

  constructor(pairs: Iterable<readonly [key: unknown, value: unknown]>) {
    this.pairs = Array.from(pairs)
  }

  /** The values of each key, by the primitive that stands for it. Made once per encoding. */
  byName(encode: Encode): ReadonlyMap<unknown, ReadonlyArray<unknown>> {
    const known = this.indexes.get(encode)
    if (known !== undefined) return known
    const index = new Map<unknown, Array<unknown>>()
    for (const [key, value] of this.pairs) {
      const name = nameOf(encode, key)
      const values = index.get(name)
      if (values === undefined) index.set(name, [value])
      else values.push(value)
    }
    this.indexes.set(encode, index)
    return index
  }
}

const nameOf = (encode: Encode, key: unknown): unknown => {
  if (encode === undefined) return newKey(key)
  const name: unknown = encode(key)
  newEncodedKey(name)
  return name
}

/** Pairs in their order, each with every value that the table has for its key. `optional`: also those without any. */
export const lookUp = (encode: Encode, pairs: Pairs, rows: Rows, optional: Optional | undefined): ReadonlyArray<unknown> => {
  const byName = rows.byName(encode)
  const out: Array<unknown> = []
  for (let i = 0; i < pairs.length; i++) {
    const [key, value] = pairs[i]!
    const found = byName.get(encode === undefined ? key : encode(key))
    if (found === undefined) {
      nameOf(encode, key)
      if (optional !== undefined) out.push([key, [value, optional.none]])
      continue
    }
    for (let j = 0; j < found.length; j++) {
      out.push([key, [value, optional === undefined ? found[j] : optional.some(found[j])]])
    }
  }
  return out
}
