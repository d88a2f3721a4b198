import { dual } from "effect/Function"
import type * as Effect from "effect/Effect"
import type { BatchTime } from "../batch/BatchTime.ts"
import { type AnyDStream, type DStream, fromNode, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * `transform` with an effect: looks something up for the whole batch at once. Called once for every batch, empty ones
 * too; the next batch waits for it. The pipeline may fail with what the effect fails with, and needs what it needs.
 *
 * A failure fails the batch; retry inside of the effect where that is wanted. It must give an array.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const lookUp = (_: ReadonlyArray<number>) => Effect.succeed(new Map([[1, "one"], [2, "two"]]))
 * const output = await Effect.runPromise(TestPipeline.run([[2, 1, 3], []], (input) =>
 *   DStream.transformEffect(input, (items) =>
 *     Effect.map(lookUp(items), (names) => items.map((n) => names.get(n) ?? "?")))))
 * output.map((batch) => batch.items) // => [["two", "one", "?"], []]
 * ```
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
