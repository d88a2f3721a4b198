import { dual } from "effect/Function"
import type * as Option from "effect/Option"
import type { Key } from "../batch/Key.ts"
import { outer } from "./joining.ts"
import type { DStream } from "./Node.ts"

/**
 * `join` that keeps every pair of both: `[key, [Option of left, Option of right]]`, never both `None`.
 *
 * Keys in the order in which they first came, those of `self` before those that only `that` has. Keys and costs as for
 * `join`.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Option } from "effect"
 *
 * const output = await Effect.runPromise(
 *   TestPipeline.runMany([[[["ann", "tea"]]], [[["eve", 9]]]], (left, right) => DStream.fullOuterJoin(left, right))
 * )
 * const [ann, eve] = output.flatMap((batch) => batch.items)
 * ann // => ["ann", [Option.some("tea"), Option.none()]]
 * eve // => ["eve", [Option.none(), Option.some(9)]]
 * ```
 *
 * @category several streams
 * @since 0.1.0
 */
export const fullOuterJoin: {
  <K extends Key, W, E2, R2>(
    that: DStream<readonly [K, W], E2, R2>
  ): <V, E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, readonly [Option.Option<V>, Option.Option<W>]], E | E2, R | R2>
  <K extends Key, V, E, R, W, E2, R2>(
    self: DStream<readonly [K, V], E, R>,
    that: DStream<readonly [K, W], E2, R2>
  ): DStream<readonly [K, readonly [Option.Option<V>, Option.Option<W>]], E | E2, R | R2>
} = dual(2, outer("fullOuterJoin", { left: true, right: true }))
