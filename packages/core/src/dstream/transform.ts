import { dual } from "effect/Function"
import type { BatchTime } from "../batch/BatchTime.ts"
import { type AnyDStream, type DStream, fromNode, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * A function of the batch and its time, called once for every batch, so it may read values that change between
 * batches.
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
