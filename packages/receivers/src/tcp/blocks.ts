import type { Receiver } from "@millrace/core"
import type { Connection } from "./Connection.ts"

type Blocks<A> = readonly [Receiver.Block<A>, ...Array<Receiver.Block<A>>]

/** What a connection holds, as blocks; `undefined` if it holds nothing. Reads on. */
export const blocksOf = <A>(connection: Connection<A>): Blocks<A> | undefined => {
  const [first, ...others] = connection.take()
  return first === undefined ? undefined : [first, ...others]
}
