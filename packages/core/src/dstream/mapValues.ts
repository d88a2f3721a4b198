import { dual } from "effect/Function"
import { type AnyDStream, type DStream, type Item, step } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Changes the value of every pair and keeps its key: `[K, V]` to `[K, W]`, one for one, in order. Equal keys stay
 * apart.
 *
 * Costs one call per pair; between keyed operators no pair is made. An encoding given to `keyBy` is kept.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[["a", 1], ["b", 2]]], (input) =>
 *   input.pipe(DStream.map(([key, n]) => [`${key}`, Number(n)]), DStream.mapValues((n) => n * 10))))
 * output.map((batch) => batch.items) // => [[["a", 10], ["b", 20]]]
 * ```
 *
 * @category keyed
 * @since 0.1.0
 */
export const mapValues: {
  <K, V, W extends Item>(
    f: (value: V) => W
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, W], E, R>
  <K, V, E, R, W extends Item>(
    self: DStream<readonly [K, V], E, R>,
    f: (value: V) => W
  ): DStream<readonly [K, W], E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => step(self, { op: "mapValues", f }))
