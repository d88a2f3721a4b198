import type { Receiver } from "@millrace/core"

/** At least one block. */
export type Blocks<A> = readonly [Receiver.Block<A>, ...Array<Receiver.Block<A>>]

/** `undefined` where there is none. */
export const blocksOf = <A>(blocks: ReadonlyArray<Receiver.Block<A>>): Blocks<A> | undefined => {
  const [first, ...others] = blocks
  return first === undefined ? undefined : [first, ...others]
}
