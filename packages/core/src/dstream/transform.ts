import { dual } from "effect/Function"
import type { BatchTime } from "../batch/BatchTime.ts"
import { type AnyDStream, type DStream, fromNode, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * A function of the items of a batch and of its time, called once for every batch, empty ones too: so it may read
 * values that change between batches, or join with a table that is held outside.
 *
 * Costs one call per batch, whoever reads the result. The result must be an array; anything else fails the batch, as
 * `null` does in Spark.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[1, 2], []], (input) =>
 *   DStream.transform(input, (items, time) => items.map((n) => [time, n]))))
 * output.map((batch) => batch.items) // => [[[1000, 1], [1000, 2]], []]
 * ```
 *
 * @category per batch
 * @since 0.1.0
 */
export const transform: {
  <A, B extends Item>(
    f: (items: ReadonlyArray<A>, time: BatchTime) => ReadonlyArray<B>
  ): <E, R>(self: DStream<A, E, R>) => DStream<B, E, R>
  <A, E, R, B extends Item>(
    self: DStream<A, E, R>,
    f: (items: ReadonlyArray<A>, time: BatchTime) => ReadonlyArray<B>
  ): DStream<B, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) =>
  fromNode({ _tag: "Batch", op: "transform", parents: [self.node], f }))
