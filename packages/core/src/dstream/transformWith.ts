import { dual } from "effect/Function"
import type { BatchTime } from "../batch/BatchTime.ts"
import { type AnyDStream, type DStream, fromNode, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * A function of the batches that two streams have at the same time, and of that time, called once for every batch time.
 * Either may be empty. More than two streams: `union` of tagged items, or several of these in a row.
 *
 * The result must be an array. Fails with what either stream may fail with.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.runMany([[[1, 2], []], [["a"], ["b"]]], (numbers, letters) =>
 *   DStream.transformWith(numbers, letters, (left, right, time) => [[time, left.length, right.length]])))
 * output.map((batch) => batch.items) // => [[[1000, 2, 1]], [[2000, 0, 1]]]
 * ```
 *
 * @category several streams
 * @since 0.1.0
 */
export const transformWith: {
  <A, A2, E2, R2, B extends Item>(
    that: DStream<A2, E2, R2>,
    f: (left: ReadonlyArray<A>, right: ReadonlyArray<A2>, time: BatchTime) => ReadonlyArray<B>
  ): <E, R>(self: DStream<A, E, R>) => DStream<B, E | E2, R | R2>
  <A, E, R, A2, E2, R2, B extends Item>(
    self: DStream<A, E, R>,
    that: DStream<A2, E2, R2>,
    f: (left: ReadonlyArray<A>, right: ReadonlyArray<A2>, time: BatchTime) => ReadonlyArray<B>
  ): DStream<B, E | E2, R | R2>
} = dual(3, (self: AnyDStream, that: AnyDStream, f: AnyFunction) =>
  fromNode({ _tag: "Batch", op: "transformWith", parents: [self.node, that.node], f }))
