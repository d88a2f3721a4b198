import { dual } from "effect/Function"
import type { Key } from "../batch/Key.ts"
import { cogroupPairs } from "../kernel/joinPairs.ts"
import { joined } from "./joining.ts"
import type { DStream } from "./Node.ts"

/**
 * For every key that either batch has, its values in `self` and its values in `that`: `[key, [lefts, rights]]`, one of
 * the two empty where that side does not have the key. The general form of all joins of two streams.
 *
 * Keys in the order in which they first came, those of `self` before those that only `that` has; values in order of
 * arrival. Keys and encodings as for `join`. Costs one look-up per pair.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const orders: ReadonlyArray<readonly [string, string]> = [["ann", "tea"], ["bob", "rye"], ["bob", "oat"]]
 * const stock: ReadonlyArray<readonly [string, number]> = [["bob", 3], ["eve", 9]]
 * const output = await Effect.runPromise(TestPipeline.runMany([[orders], [stock]], (left, right) =>
 *   DStream.cogroup(left, right)))
 * output.map((batch) => batch.items) // => [[["ann", [["tea"], []]], ["bob", [["rye", "oat"], [3]]], ["eve", [[], [9]]]]]
 * ```
 *
 * @category several streams
 * @since 0.1.0
 */
export const cogroup: {
  <K extends Key, W, E2, R2>(
    that: DStream<readonly [K, W], E2, R2>
  ): <V, E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, readonly [ReadonlyArray<V>, ReadonlyArray<W>]], E | E2, R | R2>
  <K extends Key, V, E, R, W, E2, R2>(
    self: DStream<readonly [K, V], E, R>,
    that: DStream<readonly [K, W], E2, R2>
  ): DStream<readonly [K, readonly [ReadonlyArray<V>, ReadonlyArray<W>]], E | E2, R | R2>
} = dual(2, joined("cogroup", cogroupPairs))
