/** Takes a pipeline up where its last run ended, whichever way that ended. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { codecOf } from "../dstream/jsonCodec.ts"
import { manifestOf } from "../plan/manifest.ts"
import { isReadable, type Outbox } from "../plan/outbox.ts"
import type { Plan } from "../plan/Plan.ts"
import type { CheckpointError, Reason } from "../store/CheckpointError.ts"
import type { CheckpointStore, Claim, Journal } from "../store/CheckpointStore.ts"
import { decideRecovery, type PreparedBatch, type Recovery } from "../store/decideRecovery.ts"
import { type Evolution, evolve } from "../store/evolve.ts"
import type { JournalRecord, Prepared } from "../store/JournalRecord.ts"
import type { StateError } from "../store/StateError.ts"
import type { Manifest } from "../store/Manifest.ts"
import type { Cut } from "./cut.ts"
import type { Deliverer } from "./deliver.ts"
import type { Follower } from "./Follower.ts"
import type { Intake } from "./Intake.ts"
import type { Memories } from "./memories.ts"
import type { BatchRef, PipelineError } from "./PipelineError.ts"
import { digestOf, prepare } from "./prepare.ts"
import { reconcile, refused } from "./reconcile.ts"
import { checkpointError, reread } from "./rereading.ts"
import { Restorer } from "./restoring.ts"
import { flatten, type Slots } from "./Turn.ts"

/** What recovery works with. */
export interface Resuming {
  readonly plan: Plan
  readonly store: CheckpointStore["Service"]
  readonly claim: Claim
  readonly outbox: Outbox
  readonly intakes: ReadonlyArray<Intake>
  readonly memories: Memories
  readonly deliverer: Deliverer
  readonly follower: Follower
  /** New memories, and what runs a batch on them: one that has had a batch takes no more deltas. */
  readonly attempt: () => Attempt
}

export interface Attempt {
  readonly memories: Memories
  readonly step: (cut: Cut) => Effect.Effect<Slots, PipelineError<unknown>, any>
}

/** Where the run goes on. */
export interface Resumed {
  readonly journal: Journal
  readonly recovery: Recovery
  readonly manifest: Manifest
  /** What was stored is not what is remembered: a start that is cut short before the snapshot does the same again. */
  readonly isSnapshotDue: boolean
}

/**
 * Reads what earlier epochs left, closes their journal, restores what was remembered, and gives the outputs what they
 * miss, batch by batch and in order. Every effect comes after the check that this run is still the owner. A crash
 * anywhere in here is followed by the same again.
 */
export const resume = Effect.fnUntraced(function*(self: Resuming) {
  const { claim, deliverer, memories, plan } = self
  const history = yield* claim.read
  for (const warning of history.warnings) yield* Effect.logWarning(warning)
  const recovery = yield* decided(self, decideRecovery({ history, outputs: deliverer.outputs }))
  const current = manifestOf(plan)
  const evolution = evolve(recovery, current, plan.settings)
  yield* decided(self, fitting(evolution))
  for (const note of evolution.notes) yield* Effect.logInfo(note)
  const journal = yield* claim.seal(current.manifest)
  yield* reconcile(self, recovery, evolution)
  const restorer = new Restorer(self, evolution, recovery.snapshot, (operator) => self.follower.appliedTo(operator))
  const replay = new Replay(self, journal, restorer)
  for (const batch of recovery.batches) yield* replay.batch(batch)
  if (!self.follower.isIdle) {
    yield* Effect.andThen(journal.sync, journal.verify)
    for (const { batch, delta, operator } of restorer.all) yield* self.follower.take(operator, batch, delta)
  }
  yield* restorer.into(memories)
  for (const intake of self.intakes) {
    const position = recovery.positions.get(intake.receiver.name)
    if (position === undefined || intake.receiver.position === undefined) continue
    intake.resumeAfter = Option.some(codecOf(intake.receiver.position).decode(position))
  }
  const resumed: Resumed = { journal, recovery, manifest: current.manifest, isSnapshotDue: evolution.isChanged }
  return resumed
})

const fitting = ({ changes: [first, ...others] }: Evolution): Result.Result<void, Reason> =>
  first === undefined ? Result.void : Result.fail({ _tag: "CheckpointIncompatible", changes: [first, ...others] })

const decided = <A>(self: Resuming, result: Result.Result<A, Reason>): Effect.Effect<A, CheckpointError> =>
  Result.isSuccess(result) ? Effect.succeed(result.success) : Effect.fail(checkpointError(self, result.failure))

/** Goes through the prepared batches in order. */
class Replay {
  /** A batch came out differently, and no output had seen it: from there on what comes out now counts. */
  private isAdopting = false
  /** Memories as they are after the batch before this one, where that was computed again too. */
  private attempt: Attempt | undefined = undefined
  private readonly self: Resuming
  private readonly journal: Journal
  private readonly restorer: Restorer

  constructor(self: Resuming, journal: Journal, restorer: Restorer) {
    this.self = self
    this.journal = journal
    this.restorer = restorer
  }

  batch(batch: PreparedBatch): Effect.Effect<void, PipelineError<unknown> | CheckpointError | StateError, any> {
    const { emitted, missing, prepared } = batch
    if (this.isAdopting) return this.recompute(batch)
    const due = prepared.outputs.filter(({ output }) => missing.includes(output))
    if (due.length === 0) return Effect.sync(() => this.take(batch))
    const inOutbox = due.every(({ output }) => emitted.some((each) => each.output === output))
    if (inOutbox) return this.fromOutbox(batch)
    const lost = this.unreadable(prepared)
    return lost === undefined ? this.recompute(batch) : this.giveUp(batch, lost)
  }

  /** A batch as it was recorded: memories of an attempt are behind from here on. */
  private take(batch: PreparedBatch): void {
    this.restorer.batch(batch)
    this.attempt = undefined
  }

  /** The name of a receiver in the batch that promised no more than what the outputs had when the process ended. */
  private unreadable({ inputs }: Prepared): string | undefined {
    return this.self.intakes.find(({ receiver }) =>
      receiver.delivery !== "Replayable" && !isReadable(receiver) &&
      inputs.some((input) => input.receiver === receiver.name && input.records > 0)
    )?.receiver.name
  }

  private giveUp(batch: PreparedBatch, receiver: string) {
    this.take(batch)
    this.journal.append([{ _tag: "Committed", batch: batch.prepared.batch }])
    return Effect.logWarning(
      `Batch ${batch.prepared.batch} of pipeline ${JSON.stringify(this.self.plan.pipeline)} did not reach ` +
        `${batch.missing.join(", ")}: its input from receiver ${JSON.stringify(receiver)} cannot be read again`
    )
  }

  private fromOutbox(batch: PreparedBatch) {
    const { emitted, missing, prepared } = batch
    this.take(batch)
    return this.deliver(prepared, missing, (output) =>
      emitted.filter((each) => each.output === output).flatMap(({ items }) => items))
  }

  /** Runs the batch again, on the state before it and the input that it took. */
  private recompute(batch: PreparedBatch): Effect.Effect<void, PipelineError<unknown> | CheckpointError | StateError, any> {
    const { self } = this
    return Effect.gen({ self: this }, function*() {
      const { missing, prepared } = batch
      const applied = self.follower.isPast(prepared.batch)
      if (applied !== undefined) {
        return yield* refused(self.plan, undefined, { _tag: "StateAhead", applied, prepared: prepared.batch - 1 })
      }
      const cut = yield* reread(self, batch)
      const attempt = this.attempt ?? self.attempt()
      if (this.attempt === undefined) yield* this.restorer.into(attempt.memories)
      const { memories, step } = attempt
      const slots = yield* step(cut)
      const other = this.isAdopting ? undefined : differing(self.plan, prepared, slots)
      const records = prepare(self.plan, self.outbox, cut, slots, memories, prepared.inputs)
      const isSame = sameChanges(records, batch.changes)
      for (const memory of memories.values()) memory.commit()
      if (other !== undefined || this.isAdopting) {
        if (batch.isSeen) {
          return yield* checkpointError(self, {
            _tag: "NondeterministicBatch",
            batch: prepared.batch,
            output: other ?? prepared.outputs[0]?.output ?? ""
          })
        }
        this.isAdopting = true
        this.journal.append(records)
        this.restorer.adopted(records)
        this.attempt = attempt
        yield* Effect.logWarning(
          `Batch ${prepared.batch} of pipeline ${JSON.stringify(self.plan.pipeline)} came out differently when it was ` +
            "computed again; no output had seen it, and the new result counts"
        )
      } else {
        this.restorer.batch(batch)
        this.attempt = isSame ? attempt : undefined
      }
      const inputOf = new Map(self.plan.outputs.map(({ input, name }) => [name, input]))
      yield* this.deliver(prepared, missing, (output) => flatten(slots[inputOf.get(output) ?? -1] ?? [], self.plan.settings))
    })
  }

  private deliver(
    { batch, outputs, time }: Prepared,
    missing: ReadonlyArray<string>,
    itemsOf: (output: string) => ReadonlyArray<unknown>
  ): Effect.Effect<void, PipelineError<unknown> | CheckpointError | StateError, any> {
    const ref: BatchRef = { id: batch, time }
    const due = outputs.filter(({ output }) => missing.includes(output))
    return Effect.andThen(
      Effect.forEach(due, ({ output }) =>
        this.journal.sync.pipe(
          Effect.andThen(this.journal.verify),
          Effect.andThen(Effect.suspend(() => this.self.deliverer.deliverTo(output, ref, itemsOf(output)))),
          Effect.andThen(Effect.sync(() => this.journal.append([{ _tag: "Committed", batch, output }])))
        ), { discard: true }),
      Effect.sync(() => void this.journal.append([{ _tag: "Committed", batch }]))
    )
  }
}

/** Whether the batch changed again what it changed before: a function may have given the same output of another state. */
const sameChanges = (records: ReadonlyArray<JournalRecord>, changes: PreparedBatch["changes"]): boolean => {
  const again = records.flatMap((record) => record._tag === "Changed" ? [[record.operator, record.delta]] : [])
  const before = changes.map(({ delta, operator }) => [operator, delta])
  return digestOf([again]).digest === digestOf([before]).digest
}

/** Name of the first output that got something else. */
export const differing = (plan: Plan, { outputs }: Prepared, slots: Slots): string | undefined => {
  for (const { input, name } of plan.outputs) {
    const segments = slots[input]
    const recorded = outputs.find(({ output }) => output === name)
    if (recorded === undefined || segments === undefined) continue
    if (recorded.digest !== digestOf(segments).digest) return name
  }
  return undefined
}
