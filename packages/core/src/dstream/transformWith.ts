import { dual } from "effect/Function"
import type { BatchTime } from "../batch/BatchTime.ts"
import { type AnyDStream, type DStream, fromNode, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * A function of the batches of two streams and their time.
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
