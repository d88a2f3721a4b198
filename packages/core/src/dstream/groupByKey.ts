import type { Key } from "../batch/Key.ts"
import { aggregate, type DStream } from "./Node.ts"

/**
 * All values of each key of the batch, in order of arrival: `[key, values]`.
 *
 * @category keyed
 * @since 0.1.0
 */
export const groupByKey = <K extends Key, V, E, R>(
  self: DStream<readonly [K, V], E, R>
): DStream<readonly [K, ReadonlyArray<V>], E, R> => aggregate(self, { op: "groupByKey" })
