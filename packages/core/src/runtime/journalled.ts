/** A run with a checkpoint: taken up where the last one ended, and every batch durable before an output sees it. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { flow } from "effect/Function"
import { codecOf } from "../dstream/jsonCodec.ts"
import { outboxOf } from "../plan/outbox.ts"
import type { Plan } from "../plan/Plan.ts"
import type { CheckpointError } from "../store/CheckpointError.ts"
import type { CheckpointStore, Journal } from "../store/CheckpointStore.ts"
import type { Recovery } from "../store/decideRecovery.ts"
import type { StateError } from "../store/StateError.ts"
import { type Committer, makeCommitter } from "./Committer.ts"
import { acknowledgeAll } from "./acknowledge.ts"
import type { Boundary } from "./Boundaries.ts"
import { type Acknowledgement, type Cut, cut } from "./cut.ts"
import { DataLog } from "./DataLog.ts"
import { type Deliverer, makeDeliverer } from "./deliver.ts"
import { errorText } from "./errorText.ts"
import { Follower } from "./Follower.ts"
import { isolatedCut } from "./isolatedCut.ts"
import { isSuspicious, Isolation } from "./Isolation.ts"
import { Ledger } from "./Ledger.ts"
import { makeMemories, type Memories, stateFailed, type States } from "./memories.ts"
import { splitOf, withParts } from "./Part.ts"
import { PipelineError } from "./PipelineError.ts"
import { Positions } from "./prepare.ts"
import { type Line, tellFailed } from "./process.ts"
import { resume } from "./resume.ts"
import type { Run } from "./RunContext.ts"

/** What a run with a checkpoint adds to one without. */
export interface Journalled {
  readonly settle: Line["settle"]
  readonly nextBatch: number
  readonly nextCut: (id: number, boundary: Boundary) => Effect.Effect<Cut, PipelineError<unknown>>
  /** What batches are run by: it may have to know parts of chunks. */
  readonly plan: Plan
  /** Time of the last batch of the runs before; 0 without one. */
  readonly lastTime: number
  /** The newest batch time that a sink knows. */
  readonly sinkTime: Deliverer["lastTime"]
  /** Beside the loop: commits, and acknowledges what was received. After `end` it ends when all is delivered. */
  readonly beside: Effect.Effect<void, PipelineError<unknown>, any>
  readonly end: Effect.Effect<void>
  /** After a clean end: a snapshot, and the claim is given back. */
  readonly release: Effect.Effect<void, PipelineError<unknown>, any>
}

export const openJournalled = Effect.fnUntraced(function*(
  self: Parts,
  store: CheckpointStore["Service"],
  memories: Memories,
  states: States,
  stepper: (memories: Memories) => Line["step"],
  line: () => Line
) {
  const { clock, intakes, observer, plan } = self
  const { settings } = plan
  const failure = asPipelineError(plan)
  const follower = new Follower(plan, memories, states)
  const outbox = outboxOf(plan)
  const claim = yield* failure(store.claim(plan.pipeline, { takeover: settings.takeover }))
  self.hasClaimed = true
  // The sinks shut out older owners before the old journal is read: else one of those could still deliver after.
  const deliverer = yield* makeDeliverer(plan, claim.epoch, settings.commitTimeoutMillis, clock, observer)
  const attempt = () => {
    const fresh = makeMemories(plan, states)
    const step = stepper(fresh)
    return { memories: fresh, step: (cut: Cut) => step(cut, monotonicMillis(clock)) }
  }
  const { isSnapshotDue, journal, manifest, recovery } = yield* failure(resume(
    { plan, store, claim, outbox, intakes, memories, deliverer, follower, attempt }
  ))
  self.fullDisk = () => journal.isPaused() ? store.path : undefined
  // A start that ends without a word is counted by what is durable of it.
  yield* failure(journal.sync)
  const log = new DataLog(intakes.map(({ receiver }) => receiver), journal, recovery)
  const positions = new Positions(intakes, recovery)
  const ledger = new Ledger({ plan, outbox, journal, manifest, log, positions, memories, follower, line, kept: self.kept }, recovery)
  const { isKeeping, nextCut } = yield* openCutting(self, journal, recovery, ledger)
  takeIn(self, log, recovery)
  const committer: Committer = ledger.committer = yield* makeCommitter(journal, settings.commitDepth, {
    begins: (pending) => ledger.begins(pending),
    deliver: ({ cut, slots }) => deliverer.deliver(cut.info, slots),
    follow: failure(follower.apply),
    flush: (batch) => failure(ledger.flush(batch)),
    completed: (pending) => ledger.delivered(pending),
    notSaved: () => ledger.notSaved(),
    acknowledge: ({ cut }) => acknowledgeAll(line(), cut.acknowledgements, `batch ${cut.info.id}`),
    failed: ({ cut }, cause) => Effect.sync(() => tellFailed(line(), cut, errorText(cause)))
  })
  if (isSnapshotDue) yield* failure(ledger.snapshot)
  const acknowledge = (all: ReadonlyArray<Acknowledgement>) =>
    Effect.uninterruptible(acknowledgeAll(line(), all, "what it received"))
  const journalled: Journalled = {
    settle: (cut, slots, startedAt) => ledger.settle(cut, slots, startedAt),
    nextBatch: recovery.nextBatch,
    nextCut: flow(nextCut, failure),
    plan: isKeeping ? withParts(plan) : plan,
    lastTime: recovery.lastTime,
    sinkTime: deliverer.lastTime,
    beside: Effect.raceFirst(failure(log.run(acknowledge)), failure(committer.run)),
    end: committer.end,
    release: failure(Effect.andThen(log.flush(acknowledge), released(journal, ledger)))
  }
  return journalled
})

type Parts = Pick<Run, "plan" | "clock" | "observer" | "intakes" | "inbox" | "kept" | "isAgain" | "hasClaimed" | "fullDisk">

/** How batches are cut: as always, or, where records have ended the process before, with those that are suspected apart. */
const openCutting = Effect.fnUntraced(function*(
  { inbox, intakes, isAgain, plan }: Parts,
  journal: Journal,
  recovery: Recovery,
  ledger: Ledger
) {
  const receivers = intakes.map(({ receiver }) => receiver)
  if (isAgain) {
    journal.append([{ _tag: "Failed", batch: ledger.last.id }])
    ledger.clear()
  }
  const isolates = !isAgain && (yield* isIsolating(plan, recovery))
  const isKeeping = isolates || recovery.skips.size > 0
  if (isKeeping) inbox.keepBlocks(receivers.map(splitOf), receivers.map(({ name }) => recovery.skips.get(name) ?? 0))
  const isolation = new Isolation(intakes, inbox, recovery)
  isolation.isOver = !isolates
  yield* Effect.addFinalizer((exit) => exit._tag === "Success" ? Effect.void : endedWithAWord(journal, ledger.last.id))
  const nextCut: (id: number, boundary: Boundary) => Effect.Effect<Cut, CheckpointError> = isKeeping
    ? isolatedCut(isolation, journal, intakes, inbox)
    : (id, boundary) => Effect.sync(() => cut(id, boundary, intakes, inbox))
  return { isKeeping, nextCut }
})

/** What was durable and in no batch yet comes before whatever is received now. */
const takeIn = ({ inbox, intakes }: Parts, log: DataLog, recovery: Recovery): void => {
  for (const intake of intakes) {
    intake.written = (block) => log.write(intake.lane, block)
    const { chunk } = intake.receiver
    if (chunk === undefined) continue
    const { decode } = codecOf(chunk)
    for (const { data } of recovery.pending) {
      if (data.receiver !== intake.receiver.name) continue
      const { bytes, chunks, records, sequence } = data
      inbox.accept(intake.lane, { payload: chunks.map((each) => decode(each)), records, bytes, sequence })
    }
  }
}

const released = (journal: Journal, ledger: Ledger) =>
  Effect.andThen(
    Effect.suspend(() => journal.bytesSinceSnapshot() === 0 ? ledger.flush(ledger.last.id) : lastSnapshot(ledger)),
    Effect.suspend(() => journal.release(ledger.last.id))
  )

/** The journal has all that a snapshot would: one that cannot be written makes the next start longer, and that is all. */
const lastSnapshot = (ledger: Ledger): Ledger["snapshot"] =>
  Effect.catch(ledger.snapshot, (error) =>
    error._tag === "CheckpointError" && error.reason._tag === "StoreFailed" && error.isRetryable
      ? Effect.logWarning(`No snapshot was taken at the end: ${error.message}`)
      : Effect.fail(error))

/** A run that ends with a failure is not one that was ended by a record. */
const endedWithAWord = (journal: Journal, batch: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    journal.append([{ _tag: "Failed", batch }])
    return Effect.ignore(journal.sync)
  })

/** Whether the records of the next batch are suspected, and there is a place for the one that is found. */
const isIsolating = Effect.fnUntraced(function*({ deadLetters, pipeline }: Plan, recovery: Recovery) {
  if (!isSuspicious(recovery)) return false
  if (deadLetters !== undefined) return true
  yield* Effect.logWarning(
    `The last ${recovery.dirtyStarts} starts of pipeline ${JSON.stringify(pipeline)} ended without a word before batch ` +
      `${recovery.nextBatch} was prepared. Where the service DeadLetters is provided, the record that does it is found ` +
      "and set aside"
  )
  return false
})

const monotonicMillis = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

const asPipelineError = (plan: Plan) =>
<A, E extends PipelineError<unknown> | CheckpointError | StateError, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, PipelineError<unknown>, R> =>
  Effect.mapError(effect, (error: PipelineError<unknown> | CheckpointError | StateError) => {
    switch (error._tag) {
      case "CheckpointError":
        return PipelineError.of(plan.pipeline, { _tag: "CheckpointFailed", error })
      case "StateError":
        return stateFailed(plan, error)
      default:
        return error
    }
  })
