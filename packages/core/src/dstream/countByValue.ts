import type { Key } from "../batch/Key.ts"
import { aggregate, type DStream } from "./Node.ts"

/**
 * How often each value occurs in the batch: `[value, count]`, values in the order in which they first came. An empty
 * batch gives an empty batch. Nothing is kept from batch to batch.
 *
 * Costs one look-up per item, and no pair. Values are keys: strings, numbers, bigints or booleans, equal as in `Map`.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["b", "a", "b"], ["a"]], (input) =>
 *   DStream.countByValue(input)))
 * output.map((batch) => batch.items) // => [[["b", 2], ["a", 1]], [["a", 1]]]
 * ```
 *
 * @category per batch
 * @since 0.1.0
 */
export const countByValue = <A extends Key, E, R>(self: DStream<A, E, R>): DStream<readonly [A, number], E, R> =>
  aggregate(self, { op: "countByValue" })
