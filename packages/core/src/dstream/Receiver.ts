/**
 * Where records come from: a description that opens as a scoped resource and yields a typed stream of blocks.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import { hasProperty } from "effect/Predicate"
import type * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as Types from "effect/Types"
import type { BatchTime } from "../batch/BatchTime.ts"
import type { Primitive } from "../batch/Key.ts"
import * as Decoder from "./Decoder.ts"

/** @since 0.1.0 */
export const TypeId = "~@millrace/core/Receiver"

/**
 * What the source can do for us after a crash, and so what the engine does for it. `Replayable`: it can be read again
 * from a position, which the engine stores. `Acknowledged`: it redelivers what was not acknowledged; the engine makes
 * a block durable, then acknowledges. `Unreplayable`: what was read is gone from the source; what was read and is not
 * yet durable is lost with the process.
 *
 * @category models
 * @since 0.1.0
 */
export type Delivery = "Replayable" | "Acknowledged" | "Unreplayable"

/**
 * What a receiver hands over at once. `payload` holds chunks that the receiver's decoder makes records of (without a
 * decoder: the records themselves); `records` and `bytes` say how many records and bytes that is, for the bound of
 * the buffer and the rate limit. `bytes` may be an estimate.
 *
 * @category models
 * @since 0.1.0
 */
export interface Block<out Chunk, out Position = never> {
  readonly payload: ReadonlyArray<Chunk>
  readonly records: number
  readonly bytes: number
  /** Where reading goes on after this block. */
  readonly resumeAfter?: Position | undefined
  /** Tells the source that the block is safe. Run at most once, after the batch that holds the block is. */
  readonly acknowledge?: Effect.Effect<void> | undefined
}

/**
 * What a per-batch receiver is asked for: the block of the batch at `time`, of about `maxRecords` records at most.
 *
 * @category models
 * @since 0.1.0
 */
export interface BatchRequest {
  readonly time: BatchTime
  readonly maxRecords: number
}

/**
 * How a receiver is read. A stream is pulled for as long as the buffer has room; a per-batch source is asked once for
 * each batch, when it is cut, and answers `None` when it has ended. The types of chunk and position are forgotten
 * here; `decoder` and `position` know them.
 *
 * @category models
 * @since 0.1.0
 */
export type Source<E, R> =
  | {
    readonly _tag: "Stream"
    readonly open: (
      resumeAfter: Option.Option<unknown>
    ) => Effect.Effect<Stream.Stream<Block<unknown, unknown>, E>, E, R | Scope.Scope>
  }
  | {
    readonly _tag: "PerBatch"
    readonly open: (
      resumeAfter: Option.Option<unknown>
    ) => Effect.Effect<
      (request: BatchRequest) => Effect.Effect<Option.Option<Block<unknown, unknown>>, E>,
      E,
      R | Scope.Scope
    >
  }

/**
 * Options that every receiver takes.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** Its identity in metrics, errors and checkpoints: stable, unique in its pipeline, never derived from a position. */
  readonly name: string
  /** When to open it again after a failure, and when to give up. Defaults to the pipeline's `restart`. */
  readonly restart?: Schedule.Schedule<unknown, unknown> | undefined
  /**
   * A receiver that hands over nothing for this long, although there is room, fails with `ReceiverIdle` and is opened
   * again, as after any failure: for sources whose silence means that they hang. Defaults to no limit.
   */
  readonly idleTimeout?: Duration.Input | undefined
  /** Records per second before anything was measured. Defaults to the pipeline's `initialRate`. */
  readonly initialRate?: number | undefined
  /** Records per second that are never exceeded. Defaults to the pipeline's `maxRate`. */
  readonly maxRate?: number | undefined
}

/**
 * A source of records of type `A` that may fail with `E` and needs `R`. A description: nothing is opened before a
 * pipeline runs, and every run opens its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Receiver<out A, out E = never, out R = never> extends Options {
  readonly [TypeId]: {
    readonly _A: Types.Covariant<A>
    readonly _E: Types.Covariant<E>
    readonly _R: Types.Covariant<R>
  }
  /** Where neither the receiver nor the pipeline has an `initialRate`. `Infinity` for what is in memory already. */
  readonly defaultInitialRate: number | undefined
  readonly delivery: Delivery
  readonly decoder: Decoder.Decoder<never, A>
  /** How positions are written down. Only a `Replayable` receiver has one. */
  readonly position: Schema.Codec<unknown, unknown> | undefined
  /** How chunks are written down, where the source cannot be read again. */
  readonly chunk: Schema.Codec<unknown, unknown> | undefined
  /** What tells a chunk from its redelivery. */
  readonly identify: ((chunk: never) => Primitive) | undefined
  /** Reads exactly a range that was read before. */
  readonly reread:
    | ((range: Range<unknown>) => Effect.Effect<ReadonlyArray<unknown>, E, R | Scope.Scope>)
    | undefined
  readonly source: Source<E, R>
}

/**
 * What lies after one position, or after the beginning, up to and including another: each a `resumeAfter` that the
 * receiver gave, or came back to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Range<out Position> {
  readonly after: Option.Option<Position>
  readonly until: Position
}

/**
 * What a receiver can do beside being read, all of it optional. It decides what a checkpoint can promise.
 *
 * @category options
 * @since 0.1.0
 */
export interface Abilities<A, Chunk, Position, E, R> {
  readonly defaultInitialRate?: number | undefined
  /** Defaults to `"Unreplayable"`. */
  readonly delivery?: Delivery | undefined
  /** How chunks become records. Without it the chunks are the records. */
  readonly decoder?: Decoder.Decoder<Chunk, A> | undefined
  /** How positions are written down. A `Replayable` receiver needs it. */
  readonly position?: Schema.Codec<Position, unknown> | undefined
  /**
   * How chunks are written down. With it the blocks of an `Acknowledged` or `Unreplayable` receiver go into the journal
   * before they are processed, and are acknowledged once they are durable there. Without it an acknowledgement waits
   * until the outputs have the batch, and what was received and not yet delivered is lost with the process.
   */
  readonly chunk?: Schema.Codec<Chunk, unknown> | undefined
  /**
   * What tells a chunk from its redelivery, for sources that redeliver: a chunk whose identity was taken in before is
   * left out. Needs `chunk`.
   */
  readonly identify?: ((chunk: Chunk) => Primitive) | undefined
  /**
   * Reads again exactly what was read in a range of positions, for a batch that was cut before a crash and not yet
   * delivered. A `Replayable` receiver without it makes the journal keep what the batches emitted.
   */
  readonly reread?: ((range: Range<Position>) => Effect.Effect<ReadonlyArray<Chunk>, E, R>) | undefined
}

/**
 * Whether a value is a receiver.
 *
 * @category guards
 * @since 0.1.0
 */
export const isReceiver = (u: unknown): u is Receiver<unknown, unknown, unknown> => hasProperty(u, TypeId)

const variance = { _A: (_: never) => _, _E: (_: never) => _, _R: (_: never) => _ }

/**
 * The general form: opens a resource and gives a stream of blocks. The engine pulls; a stream that is not pulled must
 * hold back its source. The stream's end is the receiver's end. On a restart `open` is called again, with the
 * position after the newest block that was taken.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A, Chunk = A, Position = never, E = never, R = never>(
  options: Options & Abilities<A, Chunk, Position, NoInfer<E>, NoInfer<R>> & {
    readonly open: (
      resumeAfter: Option.Option<Position>
    ) => Effect.Effect<Stream.Stream<Block<Chunk, Position>, E>, E, R>
  }
): Receiver<A, E, Exclude<R, Scope.Scope>> => fromSource(options, { _tag: "Stream", open: options.open as Open<"Stream", E, R> })

/**
 * A source that is asked once per batch, when the batch is cut, instead of being pulled: a queue of ready batches, or
 * a log whose exact ranges the engine chooses. `None` is its end. It is not rate limited beyond `maxRecords`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const perBatch = <A, Chunk = A, Position = never, E = never, R = never>(
  options: Options & Abilities<A, Chunk, Position, NoInfer<E>, NoInfer<R>> & {
    readonly open: (
      resumeAfter: Option.Option<Position>
    ) => Effect.Effect<(request: BatchRequest) => Effect.Effect<Option.Option<Block<Chunk, Position>>, E>, E, R>
  }
): Receiver<A, E, Exclude<R, Scope.Scope>> => fromSource(options, { _tag: "PerBatch", open: options.open as Open<"PerBatch", E, R> })

type Open<Tag, E, R> = Extract<Source<E, Exclude<R, Scope.Scope>>, { readonly _tag: Tag }>["open"]

const fromSource = <A, E, R>(
  options: Options & Abilities<A, any, any, any, any>,
  source: Source<E, R>
): Receiver<A, E, R> => ({
  [TypeId]: variance,
  name: options.name,
  restart: options.restart,
  idleTimeout: options.idleTimeout,
  initialRate: options.initialRate,
  maxRate: options.maxRate,
  defaultInitialRate: options.defaultInitialRate,
  delivery: options.delivery ?? "Unreplayable",
  decoder: options.decoder ?? Decoder.identity(),
  position: options.position,
  chunk: options.chunk,
  identify: options.identify,
  reread: options.reread,
  source
})
