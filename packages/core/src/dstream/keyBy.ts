import { dual } from "effect/Function"
import { type AnyDStream, type DStream, isDStream, step } from "./Node.ts"
import type { Encoded, Key, Primitive } from "../batch/Key.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Gives every item a key: `item` to `[f(item), item]`. What Spark writes as `map` to a pair, without making the pair
 * where a keyed operator or `mapValues` follows.
 *
 * A key is a string, number, bigint or boolean; equal is what `Map` holds equal: `NaN` is `NaN`, `-0` is `0`, `1` is
 * not `"1"`. Any other key needs `encode`, which gives the primitive that stands for it, called once per item where
 * something groups. Results carry the key that came first. The encoding goes along through `filter`, `mapValues`,
 * `flatMapValues`, `union` and keyed results; `map` and the like make new items and lose it, and grouping then fails
 * with a text that says so. `Key.fromSchema` derives an encoding.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const sales = [{ shop: "north", day: 1 }, { shop: "south", day: 1 }, { shop: "north", day: 1 }]
 * const output = await Effect.runPromise(TestPipeline.run([sales], (input) =>
 *   input.pipe(
 *     DStream.keyBy(({ day, shop }) => ({ shop, day }), { encode: ({ day, shop }) => `${day}|${shop}` }),
 *     DStream.mapValues(() => 1),
 *     DStream.reduceByKey((left, right) => left + right)
 *   )))
 * output.map((batch) => batch.items) // => [[[{ shop: "north", day: 1 }, 2], [{ shop: "south", day: 1 }, 1]]]
 * ```
 *
 * @category keyed
 * @since 0.1.0
 */
export const keyBy: {
  <A, K extends Key>(f: (item: A) => K): <E, R>(self: DStream<A, E, R>) => DStream<readonly [K, A], E, R>
  <A, K>(
    f: (item: A) => K,
    options: { readonly encode: (key: K) => Primitive }
  ): <E, R>(self: DStream<A, E, R>) => DStream<readonly [Encoded<K>, A], E, R>
  <A, E, R, K extends Key>(self: DStream<A, E, R>, f: (item: A) => K): DStream<readonly [K, A], E, R>
  <A, E, R, K>(
    self: DStream<A, E, R>,
    f: (item: A) => K,
    options: { readonly encode: (key: K) => Primitive }
  ): DStream<readonly [Encoded<K>, A], E, R>
} = dual(
  (args) => isDStream(args[0]),
  (self: AnyDStream, f: AnyFunction, options?: { readonly encode: AnyFunction }) =>
    step(self, { op: "keyBy", f, encode: options?.encode })
)
