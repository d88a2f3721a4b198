import { dual } from "effect/Function"
import { type AnyDStream, type DStream, type Item, step } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Changes every item: `A` to `B`, one for one, in order. Batches keep their size; an empty batch stays empty.
 *
 * Costs one call per item. A function that throws fails the batch and the pipeline, named with the item's place. What
 * `f` gives is passed on as it is: a promise is an item like any other (for effects see `mapEffect`). A pair may be
 * written as a literal, `(word) => [word, 1]`, and never `as const`, which would fix the value to `1`.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[1, 2], [], [3]], (input) =>
 *   DStream.map(input, (n) => n * 10)))
 * output.map((batch) => batch.items) // => [[10, 20], [], [30]]
 * ```
 *
 * @category per item
 * @since 0.1.0
 */
export const map: {
  <A, B extends Item>(f: (item: A) => B): <E, R>(self: DStream<A, E, R>) => DStream<B, E, R>
  <A, E, R, B extends Item>(self: DStream<A, E, R>, f: (item: A) => B): DStream<B, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => step(self, { op: "map", f }))
