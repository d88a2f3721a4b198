import type { Key } from "../batch/Key.ts"
import { aggregate, type DStream } from "./Node.ts"

/**
 * All values of each key of the batch, in order of arrival: `[key, values]`, keys in the order in which they first
 * came. Spark promises no order of values. Nothing is kept from batch to batch.
 *
 * Costs one look-up per pair and holds every value: where they are only added up, `reduceByKey` or `combineByKey` hold
 * one per key. Keys as for `reduceByKey`.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[5, 2, 3], []], (input) =>
 *   input.pipe(DStream.keyBy((n) => n % 2 === 0 ? "even" : "odd"), DStream.groupByKey)))
 * output.map((batch) => batch.items) // => [[["odd", [5, 3]], ["even", [2]]], []]
 * ```
 *
 * @category keyed
 * @since 0.1.0
 */
export const groupByKey = <K extends Key, V, E, R>(
  self: DStream<readonly [K, V], E, R>
): DStream<readonly [K, ReadonlyArray<V>], E, R> => aggregate(self, { op: "groupByKey" })
