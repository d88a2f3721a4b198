import { dual } from "effect/Function"
import { type AnyDStream, type DStream, step } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Keeps the items for which `predicate` is true, as they are and in order. A type guard narrows the stream, also an
 * inferred one: `(word) => word !== undefined`.
 *
 * Costs one call per item. A batch of which nothing is left is empty, and still a batch.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[1, 2, 3], [5]], (input) =>
 *   DStream.filter(input, (n) => n % 2 === 0)))
 * output.map((batch) => batch.items) // => [[2], []]
 * ```
 *
 * @category per item
 * @since 0.1.0
 */
export const filter: {
  <A, B extends A>(predicate: (item: NoInfer<A>) => item is B): <E, R>(self: DStream<A, E, R>) => DStream<B, E, R>
  <A>(predicate: (item: NoInfer<A>) => boolean): <E, R>(self: DStream<A, E, R>) => DStream<A, E, R>
  <A, E, R, B extends A>(self: DStream<A, E, R>, predicate: (item: A) => item is B): DStream<B, E, R>
  <A, E, R>(self: DStream<A, E, R>, predicate: (item: A) => boolean): DStream<A, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => step(self, { op: "filter", f }))
