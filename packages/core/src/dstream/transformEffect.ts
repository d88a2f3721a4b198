import { dual } from "effect/Function"
import type * as Effect from "effect/Effect"
import type { BatchTime } from "../batch/BatchTime.ts"
import { type AnyDStream, type DStream, fromNode, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * `transform` with an effect: looks something up for the whole batch at once.
 *
 * @category effects
 * @since 0.1.0
 */
export const transformEffect: {
  <A, B extends Item, E2, R2>(
    f: (items: ReadonlyArray<A>, time: BatchTime) => Effect.Effect<ReadonlyArray<B>, E2, R2>
  ): <E, R>(self: DStream<A, E, R>) => DStream<B, E | E2, R | R2>
  <A, E, R, B extends Item, E2, R2>(
    self: DStream<A, E, R>,
    f: (items: ReadonlyArray<A>, time: BatchTime) => Effect.Effect<ReadonlyArray<B>, E2, R2>
  ): DStream<B, E | E2, R | R2>
} = dual(2, (self: AnyDStream, f: AnyFunction) =>
  fromNode({ _tag: "Effect", op: "transformEffect", parent: self.node, f, perItem: false, concurrency: 1 }))
