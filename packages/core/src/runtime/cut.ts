/** What was received becomes a batch. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BatchTime } from "../batch/BatchTime.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Boundaries, Boundary } from "./Boundaries.ts"
import type { Inbox } from "./Inbox.ts"
import type { Intake } from "./Intake.ts"
import type { BatchInfo } from "./PipelineEvent.ts"

/** A batch as it leaves the inbox: what it holds, by receiver, and what to acknowledge once it is safe. */
export interface Cut {
  readonly info: BatchInfo
  /** When the batch was due, on the monotonic clock, in milliseconds. */
  readonly dueAt: number
  /** Per lane, in order of arrival. */
  readonly segments: ReadonlyArray<ReadonlyArray<ReadonlyArray<unknown>>>
  readonly acknowledgements: ReadonlyArray<{ readonly lane: number; readonly acknowledge: Effect.Effect<void> }>
}

/**
 * Asks every per-batch receiver for its block of the batch that is due, and puts the answers into the inbox. Their
 * blocks are bounded by the request, not by the inbox, which the stream receivers may have filled.
 */
export const askPerBatch = (
  intakes: ReadonlyArray<Intake>,
  inbox: Inbox,
  boundaries: Boundaries,
  time: BatchTime
): Effect.Effect<void> => {
  const one = (intake: Intake) => {
    const seconds = (time - boundaries.due + boundaries.intervalMillis) / 1000
    const maxRecords = intake.allow(seconds, inbox.maxRecords)
    return Effect.map(intake.ask({ time, maxRecords }), (block) => {
      if (Option.isNone(block)) return
      intake.spend(block.value.records)
      inbox.accept(intake.lane, block.value)
    })
  }
  const only = intakes.length === 1 ? intakes[0] : undefined
  return only !== undefined ? one(only) : Effect.forEach(intakes, one, { concurrency: "unbounded", discard: true })
}

/** Takes all that was received as the next batch. */
export const cut = (id: number, boundary: Boundary, intakes: ReadonlyArray<Intake>, inbox: Inbox): Cut => {
  const { dueAt, missed, time } = boundary
  const received = inbox.takeAll()
  const inputs = received.map((lane, index) => ({
    receiver: intakes[index]?.receiver.name ?? "",
    records: lane.records,
    bytes: lane.bytes
  }))
  return {
    info: { id, time, records: inputs.reduce((sum, input) => sum + input.records, 0), missedBoundaries: missed, inputs },
    dueAt,
    segments: received.map((lane) => lane.segments),
    acknowledgements: received.flatMap(({ acknowledgements }, lane) =>
      acknowledgements.map((acknowledge) => ({ lane, acknowledge }))
    )
  }
}

/** The batch of a boundary that passed without one, for the windows that were due at it. */
export const emptyCut = (id: number, time: number, { dueAt }: Boundary, intakes: ReadonlyArray<Intake>): Cut => ({
  info: {
    id,
    time,
    records: 0,
    missedBoundaries: 0,
    inputs: intakes.map((intake) => ({ receiver: intake.receiver.name, records: 0, bytes: 0 }))
  },
  dueAt,
  segments: [],
  acknowledgements: []
})

/** The boundaries from `from` to before `to` at which a window of the plan speaks. */
export const dueWindows = (plan: Plan, from: number, to: number): ReadonlyArray<number> => {
  const slides = plan.stages.flatMap((stage) =>
    stage._tag === "Fused" && stage.memory !== undefined && stage.memory.plan.isWindow ? [stage.memory.plan.slideMillis] : []
  )
  const times: Array<number> = []
  if (slides.length === 0) return times
  for (let time = from; time < to; time += plan.settings.batchIntervalMillis) {
    if (slides.some((slide) => time % slide === 0)) times.push(time)
  }
  return times
}
