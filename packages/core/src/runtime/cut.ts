/** What was received becomes a batch. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BatchTime } from "../batch/BatchTime.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Boundaries, Boundary } from "./Boundaries.ts"
import type { Inbox, Received } from "./Inbox.ts"
import type { Intake } from "./Intake.ts"
import type { BatchInfo } from "./PipelineEvent.ts"

/** A batch as it leaves the inbox: what it holds, by receiver, and what to acknowledge once it is safe. */
export interface Cut {
  readonly info: BatchInfo
  /** When the batch was due, on the monotonic clock, in milliseconds. */
  readonly dueAt: number
  /** Per lane, in order of arrival. */
  readonly segments: ReadonlyArray<ReadonlyArray<ReadonlyArray<unknown>>>
  readonly acknowledgements: ReadonlyArray<Acknowledgement>
  /** Per lane: how far the batch takes its receiver. */
  readonly ends: ReadonlyArray<RangeEnd>
  /** Begins or ends in the middle of a block, so that its input cannot be read again as it was. */
  readonly isPartial?: boolean | undefined
  /** Records that end the process, which no stage gets to see. */
  readonly buried?: ReadonlyArray<Buried> | undefined
}

/** A record to be set aside, and whose it is. */
export interface Buried {
  readonly receiver: string
  readonly item: unknown
}

/** What tells a receiver's source that a block is safe. */
export interface Acknowledgement {
  readonly lane: number
  readonly acknowledge: Effect.Effect<void>
}

/** The position after the last block, and the sequence of the last block in the journal; absent where there is none. */
export interface RangeEnd {
  readonly resumeAfter: unknown
  readonly sequence: number | undefined
  readonly skip?: number | undefined
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
    const seconds = (time - Math.max(boundaries.due, boundaries.first) + boundaries.intervalMillis) / 1000
    const maxRecords = intake.allow(seconds, inbox.maxRecords)
    return Effect.map(intake.ask({ time, maxRecords }), (block) => {
      if (Option.isNone(block)) return
      intake.spend(block.value.records)
      inbox.accept(intake.lane, intake.written(block.value))
    })
  }
  const only = intakes.length === 1 ? intakes[0] : undefined
  return only !== undefined ? one(only) : Effect.forEach(intakes, one, { concurrency: "unbounded", discard: true })
}

/** Takes all that was received as the next batch. */
export const cut = (id: number, boundary: Boundary, intakes: ReadonlyArray<Intake>, inbox: Inbox): Cut =>
  cutOf(id, boundary, intakes, inbox.takeAll())

/** What was taken becomes the next batch. */
export const cutOf = (
  id: number,
  boundary: Boundary,
  intakes: ReadonlyArray<Intake>,
  received: ReadonlyArray<Received>
): Cut => {
  const { dueAt, missed, time } = boundary
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
    ),
    ends: received,
    isPartial: received.some((lane) => lane.isPartial === true)
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
  acknowledgements: [],
  ends: []
})

/** So many missed boundaries are made up for, and as many more as the longest window needs to pass over all it holds. */
const maxMissed = 10_000

/**
 * The boundaries from `from` to before `to` at which a window of the plan speaks. After a stop of days that would be
 * millions with nothing in them: there is an end to it, past which no window holds anything.
 */
export const dueWindows = (plan: Plan, from: number, to: number): ReadonlyArray<number> => {
  const windows = plan.stages.flatMap((stage) =>
    stage._tag === "Fused" && stage.memory !== undefined && stage.memory.plan.isWindow ? [stage.memory.plan] : []
  )
  const times: Array<number> = []
  const interval = plan.settings.batchIntervalMillis
  const longest = Math.max(0, ...windows.map(({ slideMillis, windowMillis }) => windowMillis + slideMillis))
  const end = Math.min(to, from + Math.max(longest, maxMissed * interval))
  for (let time = from; time < end; time += interval) {
    if (windows.some(({ slideMillis }) => time % slideMillis === 0)) times.push(time)
  }
  return times
}
