import type { Key } from "../batch/Key.ts"
import { aggregate, type DStream } from "./Node.ts"

/**
 * How often each value occurs in the batch: `[value, count]`, values in the order in which they first came.
 *
 * @category per batch
 * @since 0.1.0
 */
export const countByValue = <A extends Key, E, R>(self: DStream<A, E, R>): DStream<readonly [A, number], E, R> =>
  aggregate(self, { op: "countByValue" })
