import { aggregate, type DStream } from "./Node.ts"

/**
 * The number of items of each batch, as its one item: `0` for an empty batch.
 *
 * @category per batch
 * @since 0.1.0
 */
export const count = <A, E, R>(self: DStream<A, E, R>): DStream<number, E, R> => aggregate(self, { op: "count" })
