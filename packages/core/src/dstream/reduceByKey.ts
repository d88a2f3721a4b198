import { dual } from "effect/Function"
import type { Key } from "../batch/Key.ts"
import { aggregate, type AnyDStream, type DStream, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Combines the values of each key of the batch, from the left: `[key, combined]`, keys in the order in which they first
 * came. An empty batch gives an empty batch; a value that is alone is its own result without a call. Nothing is kept
 * from batch to batch.
 *
 * Costs one look-up and at most one call per pair. Keys are strings, numbers, bigints or booleans, equal as in `Map`,
 * or come from `keyBy` with `encode`. `f` should be associative; it need not be commutative as in Spark.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["to be", "or not to be"]], (input) =>
 *   input.pipe(
 *     DStream.split(" "),
 *     DStream.map((word) => [word, 1]),
 *     DStream.reduceByKey((left, right) => left + right)
 *   )))
 * output.map((batch) => batch.items) // => [[["to", 2], ["be", 2], ["or", 1], ["not", 1]]]
 * ```
 *
 * @category keyed
 * @since 0.1.0
 */
export const reduceByKey: {
  <K extends Key, V extends Item>(
    f: (left: V, right: V) => V
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, V], E, R>
  <K extends Key, V, E, R>(
    self: DStream<readonly [K, V], E, R>,
    f: (left: V, right: V) => V
  ): DStream<readonly [K, V], E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => aggregate(self, { op: "reduceByKey", f }))
