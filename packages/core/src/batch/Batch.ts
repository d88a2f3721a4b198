/**
 * What arrived in one batch interval.
 *
 * @stability unstable
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import type { BatchTime } from "./BatchTime.ts"

/**
 * The place of a batch in its pipeline: 1, 2, 3 … A sequence and never a time, so that a clock that jumps
 * cannot make two batches look the same.
 *
 * @category models
 * @since 0.1.0
 */
export type BatchId = number

/**
 * One batch: its id, its time (milliseconds since the epoch, an interval boundary, strictly increasing from batch
 * to batch) and its items in order of arrival. A batch may be empty; there is no "no batch".
 *
 * @category models
 * @since 0.1.0
 */
export interface Batch<out A> {
  readonly id: BatchId
  readonly time: BatchTime
  readonly items: ReadonlyArray<A>
}

/**
 * Makes a batch.
 *
 * ```ts import.meta.vitest
 * import { Batch } from "@millrace/core"
 *
 * Batch.make(1, 1_000, ["a", "b"]).items.length // => 2
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A>(id: BatchId, time: BatchTime, items: ReadonlyArray<A>): Batch<A> => ({ id, time, items })

/**
 * Changes every item and keeps id and time.
 *
 * ```ts import.meta.vitest
 * import { Batch } from "@millrace/core"
 *
 * Batch.map(Batch.make(1, 1_000, ["a", "b"]), (word) => word.toUpperCase()).items // => ["A", "B"]
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const map: {
  <A, B>(f: (item: A) => B): (self: Batch<A>) => Batch<B>
  <A, B>(self: Batch<A>, f: (item: A) => B): Batch<B>
} = dual(2, <A, B>(self: Batch<A>, f: (item: A) => B): Batch<B> => make(self.id, self.time, self.items.map((item) => f(item))))
