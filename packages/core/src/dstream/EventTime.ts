/** Streams that know when their records happened, and windows over that time. */
import type * as Duration from "effect/Duration"
import type * as Schema from "effect/Schema"
import type * as Types from "effect/Types"
import type { AnyFunction } from "../kernel/Step.ts"
import type { Bare } from "./KeyedOptions.ts"
import { type AnyDStream, type DStream, fromNode } from "./Node.ts"

const TimestampedTypeId = "~@millrace/core/Timestamped"
const EventWindowedTypeId = "~@millrace/core/EventWindowed"

/**
 * What `assignTimestamps` is told.
 *
 * @category options
 * @since 0.1.0
 */
export interface TimestampOptions<in K, in V> {
  /** When the record happened, in milliseconds since the epoch. */
  readonly timestamp: (value: V, key: K) => number
  /** How far behind the highest timestamp so far a record may come and still be on time. Zero if they come in order. */
  readonly outOfOrderness: Duration.Input
  /**
   * Which of several sources the record is from: a partition, a device. The watermark waits for the slowest. Without it
   * all records are of one source.
   */
  readonly source?: ((value: V, key: K) => string | number | bigint | boolean) | undefined
  /**
   * A source without a record for longer than that, in batch time, is not waited for until it comes again. Defaults to
   * waiting for ever.
   */
  readonly idleAfter?: Duration.Input | undefined
  /**
   * A record whose timestamp is later than its batch's time by more than that is in no window and moves no watermark.
   * Defaults to one day; `Duration.infinity` believes everything.
   */
  readonly maxFutureSkew?: Duration.Input | undefined
}

/** Options whose types were checked when the operator was called. */
export interface AnyTimestampOptions {
  readonly timestamp: AnyFunction
  readonly outOfOrderness: Duration.Input
  readonly source?: AnyFunction | undefined
  readonly idleAfter?: Duration.Input | undefined
  readonly maxFutureSkew?: Duration.Input | undefined
}

/**
 * A stream of pairs that knows when its records happened: what `assignTimestamps` gives and windows of event time take.
 *
 * @category models
 * @since 0.1.0
 */
export interface Timestamped<out A, out E = never, out R = never> extends DStream<A, E, R> {
  readonly [TimestampedTypeId]: AnyTimestampOptions
}

/** The same stream; nothing is added to its items. */
export const timestamped = (self: AnyDStream, options: AnyTimestampOptions) =>
  Object.assign(fromNode(self.node), { [TimestampedTypeId]: options } as const)

export const eventTimeOf = (self: Timestamped<unknown, unknown, unknown>): AnyTimestampOptions => self[TimestampedTypeId]

/**
 * A window of event time and what is in it: from `start` to before `end`, in milliseconds since the epoch.
 *
 * @category models
 * @since 0.1.0
 */
export interface Windowed<out A> {
  readonly start: number
  readonly end: number
  readonly value: A
  /**
   * Under which bounds the window was told before, in earlier batches, in whose place this comes. Empty but where late
   * records are allowed and came; more than one, or others than its own, where sessions grew or became one.
   */
  readonly replaces: ReadonlyArray<{ readonly start: number; readonly end: number }>
}

/**
 * A record that is in no window: it came when all its windows were closed, or lies too far in the future.
 *
 * @category models
 * @since 0.1.0
 */
export interface LateRecord<out K, out V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly reason: "late" | "future"
}

/**
 * A stream of windows of event time. `lateRecords` gives what is in none of them.
 *
 * @category models
 * @since 0.1.0
 */
export interface EventWindowed<out K, out V, out B, out E = never, out R = never>
  extends DStream<readonly [K, Windowed<B>], E, R>
{
  readonly [EventWindowedTypeId]: { readonly _K: Types.Covariant<K>; readonly _V: Types.Covariant<V> }
}

const variance = { _K: (_: never) => _, _V: (_: never) => _ }

export const eventWindowed = (stream: AnyDStream) =>
  Object.assign(stream, { [EventWindowedTypeId]: variance } as const)

/**
 * Windows of one length at multiples of the slide, counted from the epoch: [n * slide, n * slide + length). The slide
 * defaults to the length, which is a tumbling window; a shorter one makes windows overlap, a longer one leaves gaps.
 *
 * @category options
 * @since 0.1.0
 */
export interface FixedEventWindow {
  readonly windowDuration: Duration.Input
  readonly slideDuration?: Duration.Input | undefined
  readonly sessionGap?: undefined
}

/**
 * Windows that last as long as records come: one that happened less than the gap after another, or before, is in the
 * same session, which ends the gap after its last record.
 *
 * @category options
 * @since 0.1.0
 */
export interface SessionEventWindow {
  readonly sessionGap: Duration.Input
  readonly windowDuration?: undefined
  readonly slideDuration?: undefined
}

/**
 * What all windows of event time are told.
 *
 * @category options
 * @since 0.1.0
 */
export type EventWindowOptions<K> = (FixedEventWindow | SessionEventWindow) & {
  /** Its identity from start to start: stable, unique in the pipeline. */
  readonly name: string
  /**
   * How long after the watermark has passed its end a window still takes records. Each batch that brings some tells the
   * whole window again. Defaults to zero.
   */
  readonly allowedLateness?: Duration.Input | undefined
  /** Writes structural keys down. Needed where keys come from `keyBy` with `encode`, of no use elsewhere. */
  readonly key?: Schema.Codec<Bare<NoInfer<K>>, unknown> | undefined
  /** How many windows, over all keys, may be open at a time; one more fails the run. Defaults to 10,000,000. */
  readonly maxWindows?: number | undefined
  /** How many keys may have windows that are open at a time; one more fails the run. Defaults to 10,000,000. */
  readonly maxKeys?: number | undefined
}
