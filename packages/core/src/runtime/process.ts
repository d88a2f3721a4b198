/** The life of one cut batch: through the stages, into the sinks, and what is told and learned of it. */
import * as Effect from "effect/Effect"
import { acknowledgeAll } from "./acknowledge.ts"
import type { Boundaries } from "./Boundaries.ts"
import type { Cut } from "./cut.ts"
import { errorText } from "./errorText.ts"
import type { Intake } from "./Intake.ts"
import type { Keeping } from "./keeping.ts"
import type { Kept } from "./Kept.ts"
import type { Memories } from "./memories.ts"
import { type Observer, publish } from "./Observer.ts"
import type { BatchRef, PipelineError } from "./PipelineError.ts"
import type { Delays } from "./PipelineEvent.ts"
import * as RateLimit from "./RateLimit.ts"
import type { RunStatus } from "./RunStatus.ts"
import type { Slots } from "./Turn.ts"

/** The parts of a run that a batch passes through. */
export interface Line {
  readonly observer: Observer
  readonly boundaries: Boundaries
  readonly intakes: ReadonlyArray<Intake>
  readonly status: RunStatus
  readonly memories: Memories
  readonly kept: Kept
  readonly step: (cut: Cut, startedAt: number) => Effect.Effect<Slots, PipelineError<unknown>, any>
  /** What becomes of what a batch emitted. The memories hold the batch open. */
  readonly settle: (
    cut: Cut,
    slots: Slots,
    startedAt: number
  ) => Effect.Effect<void, PipelineError<unknown>, any>
  /** Whether `settle` only starts what makes the batch safe, and sees to the acknowledgements itself. */
  readonly isJournalled: boolean
}

/** Without a journal: the outputs have the batch, then it is remembered. */
export const settleInMemory = (
  deliver: (batch: BatchRef, slots: Slots) => Effect.Effect<void, PipelineError<unknown>, any>,
  keeping: Keeping,
  line: () => Line
): Line["settle"] =>
(cut, slots, startedAt) =>
  deliver(cut.info, slots).pipe(
    Effect.andThen(Effect.suspend(() => keeping.apply(cut))),
    Effect.andThen(Effect.suspend(() => {
      commitMemories(line())
      return keeping.applied(cut)
    })),
    Effect.map(() => {
      line().kept.add(cut.info, slots)
      completed(line(), cut, startedAt)
    })
  )

/** What was remembered in the open batch stays. */
export const commitMemories = ({ memories, observer }: Line): void => {
  for (const memory of memories.values()) {
    if (memory.refused !== undefined) observer.metrics.recordsRefused(memory.refused)
    memory.commit()
  }
}

/** Processes a batch. Blocks are acknowledged once every output has taken the batch. */
export const processBatch = (line: Line, cut: Cut, waitingRecords: number): Effect.Effect<void, PipelineError<unknown>, any> => {
  const { boundaries, observer, status } = line
  const { pipeline } = observer
  const info = cut.info
  const work = Effect.suspend(() => {
    const startedAt = boundaries.monotonicMillis()
    status.current = { id: info.id, time: info.time }
    observer.metrics.batchStarted(info, waitingRecords)
    publish(observer, { _tag: "BatchSubmitted", pipeline, batch: info })
    publish(observer, { _tag: "BatchStarted", pipeline, batch: info, schedulingDelay: Math.max(0, startedAt - cut.dueAt) })
    return Effect.flatMap(line.step(cut, startedAt), (slots) => line.settle(cut, slots, startedAt))
  })
  const processed = spanned(observer, info, work).pipe(
    // Also when a drain took too long and the run is interrupted: what is saved then has no half of a batch in it.
    Effect.onExit((exit) => {
      status.current = undefined
      return exit._tag === "Success" ? Effect.void : Effect.sync(() => failed(line, cut, errorText(exit.cause)))
    })
  )
  return cut.acknowledgements.length === 0 || line.isJournalled
    ? processed
    : Effect.andThen(processed, acknowledgeAll(line, cut.acknowledgements, `batch ${info.id}`))
}

const failed = (line: Line, cut: Cut, error: string): void => {
  for (const memory of line.memories.values()) memory.rollback()
  tellFailed(line, cut, error)
}

/** Leaves memories alone: what they hold open may be of a later batch. */
export const tellFailed = ({ observer, status }: Line, { info }: Cut, error: string): void => {
  status.failedBatches++
  observer.metrics.batchFailed()
  publish(observer, { _tag: "BatchFailed", pipeline: observer.pipeline, batch: info, error })
}

const spanned = <A, E, R>(observer: Observer, info: Cut["info"], effect: Effect.Effect<A, E, R>) => {
  const { pipeline } = observer
  return observer.tracing
    ? Effect.withSpan(effect, "millrace.batch", {
      captureStackTrace: false,
      attributes: {
        "millrace.pipeline": pipeline,
        "millrace.batch.id": info.id,
        "millrace.batch.time": info.time,
        "millrace.batch.records": info.records,
        "millrace.batch.attempt": 1
      }
    }) as Effect.Effect<A, E, R>
    : effect
}

/** `waitedMillis`: how long it was kept by batches before it. */
export const completed = (line: Line, cut: Cut, startedAt: number, waitedMillis = 0): void => {
  const { boundaries, intakes, observer, status } = line
  const endedAt = boundaries.monotonicMillis()
  const schedulingDelay = Math.max(0, startedAt - cut.dueAt)
  const processingDelay = Math.max(0, endedAt - startedAt - waitedMillis)
  const delays: Delays = { schedulingDelay, processingDelay, totalDelay: schedulingDelay + endedAt - startedAt }
  status.completedBatches++
  status.processedRecords += cut.info.records
  status.lastBatch = { batch: cut.info, delays }
  observer.metrics.batchCompleted(delays)
  for (const intake of intakes) adjust(intake, cut, delays, endedAt, line)
  publish(observer, { _tag: "BatchCompleted", pipeline: observer.pipeline, batch: cut.info, delays })
}

/** What the batch taught about the rate a receiver may have. */
const adjust = (
  intake: Intake,
  cut: Cut,
  delays: Delays,
  endedAt: number,
  { boundaries, observer }: Line
): void => {
  const records = cut.info.inputs[intake.lane]?.records ?? 0
  intake.status.records += records
  if (records > 0) intake.status.lastRecordAt = cut.info.time
  intake.limit = RateLimit.batchCompleted(intake.limit, {
    time: endedAt,
    records,
    processingMillis: delays.processingDelay,
    schedulingMillis: delays.schedulingDelay
  })
  intake.pacer.setRate(intake.limit.rate)
  const idleMillis = cut.info.time - (intake.status.lastRecordAt ?? boundaries.startedAt)
  observer.metrics.receiverAfterBatch(intake.lane, idleMillis, intake.limit.rate)
}
