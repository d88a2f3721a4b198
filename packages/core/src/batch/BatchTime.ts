/**
 * Batch times and the arithmetic of interval boundaries.
 *
 * @stability unstable
 * @since 0.1.0
 */

/**
 * Milliseconds since the epoch, always a multiple of the batch interval.
 *
 * @category models
 * @since 0.1.0
 */
export type BatchTime = number

/**
 * The newest boundary not later than `now`.
 *
 * ```ts import.meta.vitest
 * import { BatchTime } from "@millrace/core"
 *
 * BatchTime.floor(2_999, 1_000) // => 2000
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const floor = (now: number, intervalMillis: number): BatchTime => Math.floor(now / intervalMillis) * intervalMillis

/**
 * The first boundary later than `now`.
 *
 * ```ts import.meta.vitest
 * import { BatchTime } from "@millrace/core"
 *
 * BatchTime.after(2_000, 1_000) // => 3000
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const after = (now: number, intervalMillis: number): BatchTime => floor(now, intervalMillis) + intervalMillis

/**
 * Whether a time is a boundary of the interval.
 *
 * ```ts import.meta.vitest
 * import { BatchTime } from "@millrace/core"
 *
 * BatchTime.isBoundary(1_500, 1_000) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isBoundary = (time: number, intervalMillis: number): boolean => time % intervalMillis === 0
