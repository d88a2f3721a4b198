import { dual } from "effect/Function"
import type { Key } from "../batch/Key.ts"
import { innerJoin } from "../kernel/joinPairs.ts"
import { joined } from "./joining.ts"
import type { DStream } from "./Node.ts"

/**
 * Every value of a key in `self` with every value of that key in `that`, of the same batch: `[key, [left, right]]`. Keys
 * that only one side has give nothing. To join over time, give both sides a `window` of the same slide first.
 *
 * Keys come in the order in which `self` first had them, and of each key the values of `self` in their order, each with
 * those of `that` in theirs. Keys as for `reduceByKey`; where they are encoded, both sides must have the same `encode`
 * function, or the pipeline is refused. Costs one look-up per pair, and as much as comes out: a key with a thousand
 * values on both sides gives a million.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const orders: ReadonlyArray<readonly [string, string]> = [["ann", "tea"], ["bob", "rye"], ["bob", "oat"]]
 * const stock: ReadonlyArray<readonly [string, number]> = [["bob", 3], ["eve", 9]]
 * const output = await Effect.runPromise(TestPipeline.runMany([[orders], [stock]], (left, right) =>
 *   DStream.join(left, right)))
 * output.map((batch) => batch.items) // => [[["bob", ["rye", 3]], ["bob", ["oat", 3]]]]
 * ```
 *
 * @category several streams
 * @since 0.1.0
 */
export const join: {
  <K extends Key, W, E2, R2>(
    that: DStream<readonly [K, W], E2, R2>
  ): <V, E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, readonly [V, W]], E | E2, R | R2>
  <K extends Key, V, E, R, W, E2, R2>(
    self: DStream<readonly [K, V], E, R>,
    that: DStream<readonly [K, W], E2, R2>
  ): DStream<readonly [K, readonly [V, W]], E | E2, R | R2>
} = dual(2, joined("join", innerJoin))
