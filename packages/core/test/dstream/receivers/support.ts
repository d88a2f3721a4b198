import { assert } from "@effect/vitest"
import { Effect, Option, type Scope, Stream } from "effect"
import type * as Receiver from "../../../src/dstream/Receiver.ts"

/** Opens a streamed receiver. */
export const open = <A, E, R>(receiver: Receiver.Receiver<A, E, R>, resumeAfter: Option.Option<unknown> = Option.none()) => {
  assert(receiver.source._tag === "Stream")
  return receiver.source.open(resumeAfter)
}

/** Opens a receiver and pulls it by hand: each pull gives the blocks of one chunk. */
export const openPull = <A, E, R>(receiver: Receiver.Receiver<A, E, R>, resumeAfter?: Option.Option<unknown>) =>
  Effect.flatMap(open(receiver, resumeAfter), (stream) => Stream.toPull(stream))

/** Everything that a receiver hands over from one opening to its end, block by block. */
export const blocksOf = <A, E, R>(
  receiver: Receiver.Receiver<A, E, R>,
  resumeAfter?: Option.Option<unknown>
): Effect.Effect<ReadonlyArray<Receiver.Block<unknown, unknown>>, E, Exclude<R, Scope.Scope>> =>
  Effect.scoped(Effect.flatMap(open(receiver, resumeAfter), (stream) => Stream.runCollect(stream)))

/** The same, record by record. */
export const recordsOf = <A, E, R>(receiver: Receiver.Receiver<A, E, R>, resumeAfter?: Option.Option<unknown>) =>
  Effect.map(blocksOf(receiver, resumeAfter), (blocks) => blocks.flatMap(({ payload }) => payload))

/** Opens a receiver that is asked per batch; gives the records of a batch, `None` at the end. */
export const openPerBatch = <A, E, R>(receiver: Receiver.Receiver<A, E, R>, resumeAfter: Option.Option<unknown> = Option.none()) => {
  assert(receiver.source._tag === "PerBatch")
  return Effect.map(receiver.source.open(resumeAfter), (ask) => (time: number, maxRecords = Infinity) =>
    Effect.map(ask({ time, maxRecords }), Option.map(({ payload }) => payload)))
}
