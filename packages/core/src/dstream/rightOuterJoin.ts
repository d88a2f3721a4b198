import { dual } from "effect/Function"
import type * as Option from "effect/Option"
import type { Key } from "../batch/Key.ts"
import { outer } from "./joining.ts"
import type { DStream } from "./Node.ts"

/**
 * `join` that keeps every pair of `that`: `[key, [Option of left, right]]`, `None` where `self` does not have the key in
 * the same batch.
 *
 * Keys that both have come first, in the order of `self`, then those that only `that` has. Keys and costs as for `join`.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Option } from "effect"
 *
 * const orders: ReadonlyArray<readonly [string, string]> = [["ann", "tea"], ["bob", "rye"], ["bob", "oat"]]
 * const stock: ReadonlyArray<readonly [string, number]> = [["bob", 3], ["eve", 9]]
 * const output = await Effect.runPromise(TestPipeline.runMany([[orders], [stock]], (left, right) =>
 *   DStream.rightOuterJoin(left, right)))
 * output.map((batch) => batch.items) // => [[["bob", [Option.some("rye"), 3]], ["bob", [Option.some("oat"), 3]], ["eve", [Option.none(), 9]]]]
 * ```
 *
 * @category several streams
 * @since 0.1.0
 */
export const rightOuterJoin: {
  <K extends Key, W, E2, R2>(
    that: DStream<readonly [K, W], E2, R2>
  ): <V, E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, readonly [Option.Option<V>, W]], E | E2, R | R2>
  <K extends Key, V, E, R, W, E2, R2>(
    self: DStream<readonly [K, V], E, R>,
    that: DStream<readonly [K, W], E2, R2>
  ): DStream<readonly [K, readonly [Option.Option<V>, W]], E | E2, R | R2>
} = dual(2, outer("rightOuterJoin", { left: false, right: true }))
