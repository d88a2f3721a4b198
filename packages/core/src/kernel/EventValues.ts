/** Values of a window as they come, put in the order of their timestamps when the window is told. */

/** A value, or two bags. Shared and never changed, so that a batch is undone by going back to the bag before. */
export type Bag =
  | { readonly timestamp: number; readonly value: unknown }
  | { readonly left: Bag; readonly right: Bag }

export type Stamped = readonly [timestamp: number, value: unknown]

export const join = (left: Bag, right: Bag): Bag => ({ left, right })

/** From left to right. No recursion: a bag is as deep as it has values. */
const flatten = (bag: Bag): Array<Stamped> => {
  const out: Array<Stamped> = []
  const left = [bag]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if ("left" in next) left.push(next.left, next.right)
    else out.push([next.timestamp, next.value])
  }
  return out.reverse()
}

/** By timestamp; equal ones as they came. */
export const ordered = (bag: Bag): ReadonlyArray<Stamped> => flatten(bag).sort(([left], [right]) => left - right)

/** The bag that has these values; there is at least one. */
export const bagOf = (values: ReadonlyArray<Stamped>): Bag =>
  values.map(([timestamp, value]): Bag => ({ timestamp, value })).reduce(join)
