/** Takes processed batches into the journal, and what was remembered into snapshots. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Outbox } from "../plan/outbox.ts"
import type { Plan } from "../plan/Plan.ts"
import type { CheckpointError } from "../store/CheckpointError.ts"
import type { Journal } from "../store/CheckpointStore.ts"
import type { Recovery } from "../store/decideRecovery.ts"
import type { Snapshot, Suspicion } from "../store/JournalRecord.ts"
import type { StateError } from "../store/StateError.ts"
import { storedMarker } from "../store/storedMarker.ts"
import type { Committer, Pending } from "./Committer.ts"
import type { Cut } from "./cut.ts"
import type { DataLog } from "./DataLog.ts"
import type { Follower } from "./Follower.ts"
import type { Kept } from "./Kept.ts"
import { type Memories, rememberingIn } from "./memories.ts"
import type { PipelineError } from "./PipelineError.ts"
import { appended, type Positions, prepare } from "./prepare.ts"
import { commitMemories, completed, type Line } from "./process.ts"
import type { Slots } from "./Turn.ts"
import { unwritable } from "./unwritable.ts"

interface LedgerParts {
  readonly plan: Plan
  readonly outbox: Outbox
  readonly journal: Journal
  readonly manifest: unknown
  readonly log: DataLog
  readonly positions: Positions
  readonly memories: Memories
  readonly follower: Follower
  readonly kept: Kept
  readonly line: () => Line
}

export class Ledger {
  /** The last batch that all outputs have. */
  last: { readonly id: number; readonly time: number }
  /** Set before the first batch: the two need each other. */
  committer: Committer | undefined = undefined
  /** Counts this start as one that may end without a word, until there is one. */
  private suspicion: Suspicion | undefined
  private readonly parts: LedgerParts
  /** Bytes of journal at which a snapshot failed: it takes as many again as make one due, not the next batch. */
  private unsaved = 0

  constructor(parts: LedgerParts, recovery: Recovery) {
    this.parts = parts
    this.last = { id: recovery.nextBatch - 1, time: recovery.lastTime }
    this.suspicion = { dirtyStarts: recovery.dirtyStarts + 1, attempted: recovery.attempted }
  }

  /** Something was said, or done, since the start: no record is suspected of how others ended. */
  clear(): void {
    this.suspicion = undefined
  }

  /** Prepares a batch, and hands it over; waits while too many are on their way. */
  settle(cut: Cut, slots: Slots, startedAt: number): Effect.Effect<void, PipelineError<unknown>> {
    return Effect.suspend(() => {
      const { committer, parts } = this
      const { journal, line, log, memories, outbox, plan, positions } = parts
      const prepared = Result.try(() => {
        const records = prepare(plan, outbox, cut, slots, memories, positions.take(cut, log))
        return { records, place: appended(journal, records) }
      })
      if (Result.isFailure(prepared)) return Effect.fail(unwritable(plan.pipeline, cut, prepared.failure))
      const { place, records } = prepared.success
      if (cut.info.records > 0) this.clear()
      this.unsaved = Math.min(this.unsaved, journal.bytesSinceSnapshot())
      commitMemories(line())
      const { id, time } = cut.info
      const snapshot = this.isSnapshotDue()
        ? { content: this.snapshotOf(id, time), keepFrom: Math.min(log.oldest(), place + 1) }
        : undefined
      const preparedAt = line().boundaries.monotonicMillis()
      return committer?.offer({ cut, slots, records, startedAt, preparedAt, commitAt: preparedAt, snapshot }) ?? Effect.void
    })
  }

  begins(pending: Pending): void {
    pending.commitAt = this.parts.line().boundaries.monotonicMillis()
  }

  delivered({ commitAt, cut, preparedAt, records, slots, startedAt }: Pending): void {
    const { follower, kept, line } = this.parts
    follower.delivered(cut.info.id, records)
    this.last = { id: cut.info.id, time: cut.info.time }
    kept.add(cut.info, slots)
    completed(line(), cut, startedAt, commitAt - preparedAt)
  }

  /** A snapshot could not be written. */
  notSaved(): void {
    this.unsaved = this.parts.journal.bytesSinceSnapshot()
  }

  /** Stores that keep state of their own have it up to the batch, durably. */
  flush(batch: number): Effect.Effect<void, CheckpointError | StateError> {
    const { follower, journal } = this.parts
    return follower.isIdle || batch === 0
      ? Effect.void
      : Effect.andThen(journal.sync, journal.verify).pipe(
        Effect.andThen(follower.apply),
        Effect.andThen(Effect.suspend(() => follower.flush(batch)))
      )
  }

  /** As things are after the last batch: while no other is on its way. Nothing where part of a block is taken. */
  readonly snapshot: Effect.Effect<void, CheckpointError | StateError> = Effect.suspend(() => {
    const { journal, log, positions } = this.parts
    const { id, time } = this.last
    return id === 0 || positions.isSkipping() ? this.flush(id) : Effect.andThen(
      this.flush(id),
      Effect.suspend(() => journal.snapshot(this.snapshotOf(id, time), Math.min(log.oldest(), journal.append([]) + 1)))
    )
  })

  private isSnapshotDue(): boolean {
    const { journal, plan, positions } = this.parts
    return this.committer?.isSnapshotting() === false && !positions.isSkipping() &&
      journal.bytesSinceSnapshot() - this.unsaved > Math.max(plan.settings.snapshotAfterBytes, journal.snapshotBytes() / 2)
  }

  private snapshotOf(batch: number, time: number): Snapshot {
    const { follower, log, manifest, memories, plan, positions } = this.parts
    return {
      batch,
      time,
      manifest,
      ...(this.suspicion === undefined ? {} : { suspicion: this.suspicion }),
      positions: positions.snapshot(),
      ...log.snapshot(),
      states: rememberingIn(plan).flatMap(({ memory: { operator }, slot }) => {
        const memory = memories.get(slot)
        if (memory === undefined) return []
        return [{ operator, delta: follower.appliedTo(operator) === undefined ? memory.snapshot() : storedMarker(batch) }]
      })
    }
  }
}
