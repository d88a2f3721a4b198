import { dual } from "effect/Function"
import { type AnyDStream, type DStream, type Item, step } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Gives none, one or many items for each, in order: `A` to an iterable of `B`.
 *
 * An array is fastest and is never copied; any other iterable is read to its end first, a generator at about 2.5 times
 * the cost. Only one level is flattened. A text is an iterable of its characters. To cut texts at a separator, `split`
 * saves the array.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["to be", "or"], []], (input) =>
 *   DStream.flatMap(input, (line) => line.split(" "))))
 * output.map((batch) => batch.items) // => [["to", "be", "or"], []]
 * ```
 *
 * @category per item
 * @since 0.1.0
 */
export const flatMap: {
  <A, B extends Item>(f: (item: A) => Iterable<B>): <E, R>(self: DStream<A, E, R>) => DStream<B, E, R>
  <A, E, R, B extends Item>(self: DStream<A, E, R>, f: (item: A) => Iterable<B>): DStream<B, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => step(self, { op: "flatMap", f }))
