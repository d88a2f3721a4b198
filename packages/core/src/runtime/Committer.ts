/** Takes prepared batches, in order, to the disk, to the sinks and to their end, while the next ones are processed. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import type * as Cause from "effect/Cause"
import type { CheckpointError } from "../store/CheckpointError.ts"
import type { Journal } from "../store/CheckpointStore.ts"
import type { JournalRecord, Snapshot } from "../store/JournalRecord.ts"
import type { Cut } from "./cut.ts"
import type { PipelineError } from "./PipelineError.ts"
import type { Slots } from "./Turn.ts"

/** A batch whose records are in the journal's hands. */
export interface Pending {
  readonly cut: Cut
  readonly slots: Slots
  readonly records: ReadonlyArray<JournalRecord>
  readonly startedAt: number
  /** When its commit could have begun, and when it did: in between those before it were committed. */
  readonly preparedAt: number
  commitAt: number
  /** What was remembered after this batch, where a snapshot is due. */
  readonly snapshot: { readonly content: Snapshot; readonly keepFrom: number } | undefined
}

/** What happens to a batch when it is safe. */
export interface Commitment {
  /** Its turn has come. */
  readonly begins: (pending: Pending) => void
  readonly deliver: (pending: Pending) => Effect.Effect<void, PipelineError<unknown>, any>
  /** The journal has written all that it was told of batches before. */
  readonly follow: Effect.Effect<void, PipelineError<unknown>>
  /** What follows the journal has the batch, also after a loss of power. Comes before the batch's snapshot. */
  readonly flush: (batch: number) => Effect.Effect<void, PipelineError<unknown>>
  /** After all outputs have it. */
  readonly completed: (pending: Pending) => void
  /** Tells the sources that have waited for the outputs. */
  readonly acknowledge: (pending: Pending) => Effect.Effect<void>
  readonly failed: (pending: Pending, cause: Cause.Cause<unknown>) => Effect.Effect<void>
  /** A snapshot could not be written. */
  readonly notSaved: () => void
}

export interface Committer {
  /** Hands a batch over; waits while as many as the commit depth are on their way. */
  readonly offer: (pending: Pending) => Effect.Effect<void>
  readonly isSnapshotting: () => boolean
  /** No more will come. */
  readonly end: Effect.Effect<void>
  /** Runs until `end` was called and every batch is delivered; fails with the first thing that failed. */
  readonly run: Effect.Effect<void, PipelineError<unknown> | CheckpointError, any>
}

/**
 * The rule of every step: what was prepared is durable, then this run is still the owner, then the effect. A snapshot
 * is written after its batch is delivered, beside the batches that follow.
 */
export const makeCommitter = Effect.fnUntraced(function*(journal: Journal, depth: number, commitment: Commitment) {
  const queue = yield* Queue.bounded<Pending, Cause.Done>(Math.max(1, depth - 1))
  const commit = (pending: Pending) =>
    Effect.suspend(() => {
      commitment.begins(pending)
      return journal.sync
    }).pipe(
      Effect.andThen(journal.verify),
      Effect.andThen(commitment.follow),
      Effect.andThen(commitment.deliver(pending)),
      Effect.onError((cause) => commitment.failed(pending, cause)),
      Effect.andThen(Effect.suspend(() => {
        journal.append([{ _tag: "Committed", batch: pending.cut.info.id }])
        commitment.completed(pending)
        return pending.cut.acknowledgements.length === 0
          ? Effect.void
          : Effect.andThen(journal.verify, commitment.acknowledge(pending))
      })),
      Effect.andThen(Effect.suspend(() => 
        pending.snapshot === undefined ? Effect.void : Effect.andThen(commitment.flush(pending.cut.info.id), snapshot(pending.snapshot))
      ))
    )
  let writing: Fiber.Fiber<void> | undefined = undefined
  /** From when a batch brings one until it is written: an older one may not come after a newer one. */
  let isSnapshotting = false
  /** One that cannot be written is tried again with the next that is due: until then the journal only grows. */
  const snapshot = ({ content, keepFrom }: NonNullable<Pending["snapshot"]>) =>
    Effect.map(
      Effect.forkChild(Effect.ensuring(
        Effect.catch(journal.snapshot(content, keepFrom), (error) => {
          commitment.notSaved()
          return Effect.logWarning(`No snapshot was taken after batch ${content.batch}: ${error.message}`)
        }),
        Effect.sync(() => {
          isSnapshotting = false
        })
      )),
      (fiber) => {
        writing = fiber
      }
    )
  const committer: Committer = {
    offer: (pending) => {
      if (pending.snapshot !== undefined) isSnapshotting = true
      return Effect.asVoid(Queue.offer(queue, pending))
    },
    isSnapshotting: () => isSnapshotting,
    end: Effect.asVoid(Queue.end(queue)),
    run: Effect.forever(Effect.flatMap(Queue.take(queue), commit)).pipe(
      Effect.catchTag("Done", () => writing === undefined ? Effect.void : Effect.asVoid(Fiber.await(writing)))
    ) as Committer["run"]
  }
  return committer
})
