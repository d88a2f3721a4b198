import { dual } from "effect/Function"
import { type AnyDStream, type DStream, type Item, step } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Gives none, one or many values for each, under the same key and in order: `[K, V]` to `[K, W]` for every `W` of an
 * iterable. A pair whose iterable is empty is gone.
 *
 * An array is fastest, as for `flatMap`. An encoding given to `keyBy` is kept.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["a:1,2", "b:"]], (input) =>
 *   input.pipe(
 *     DStream.map((line) => [line.charAt(0), line.slice(2)]),
 *     DStream.flatMapValues((numbers) => numbers === "" ? [] : numbers.split(","))
 *   )))
 * output.map((batch) => batch.items) // => [[["a", "1"], ["a", "2"]]]
 * ```
 *
 * @category keyed
 * @since 0.1.0
 */
export const flatMapValues: {
  <K, V, W extends Item>(
    f: (value: V) => Iterable<W>
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, W], E, R>
  <K, V, E, R, W extends Item>(
    self: DStream<readonly [K, V], E, R>,
    f: (value: V) => Iterable<W>
  ): DStream<readonly [K, W], E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => step(self, { op: "flatMapValues", f }))
