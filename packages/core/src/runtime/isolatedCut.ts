/** Batches while a record is looked for that ends the process: each try is durable before it is made. */
import * as Effect from "effect/Effect"
import type { CheckpointError } from "../store/CheckpointError.ts"
import type { Journal } from "../store/CheckpointStore.ts"
import type { Boundary } from "./Boundaries.ts"
import { type Buried, type Cut, cut, cutOf, emptyCut } from "./cut.ts"
import type { Inbox } from "./Inbox.ts"
import type { Intake } from "./Intake.ts"
import type { Isolation, Trial } from "./Isolation.ts"
import { Part, splitOf } from "./Part.ts"

export const isolatedCut = (
  isolation: Isolation,
  journal: Journal,
  intakes: ReadonlyArray<Intake>,
  inbox: Inbox
) =>
(id: number, boundary: Boundary): Effect.Effect<Cut, CheckpointError> =>
  Effect.suspend(() => {
    const trial = isolation.next() ?? nextLetIn(isolation, inbox)
    if (isolation.isOver) inbox.joinBlocks()
    if (isolation.isOver || inbox.records === 0) return Effect.sync(() => cut(id, boundary, intakes, inbox))
    if (trial === undefined) return Effect.sync(() => emptyCut(id, boundary.time, boundary, intakes))
    const { maxRecords } = trial
    const receiver = trial.lane === undefined ? undefined : intakes[trial.lane]?.receiver.name
    journal.append([{ _tag: "Attempt", batch: id, maxRecords, ...(receiver === undefined ? {} : { receiver }) }])
    return journal.sync.pipe(
      Effect.andThen(journal.verify),
      Effect.andThen(Effect.logWarning(
        trial.buries === undefined
          ? `Batch ${id} is tried with ${maxRecords} records, because the process ended over it before`
          : `A record of receiver ${JSON.stringify(receiver)} that ends the process is set aside in batch ${id}`
      )),
      Effect.andThen(Effect.sync(() => {
        const made = cutOfTrial(trial, id, boundary, intakes, inbox)
        isolation.took(trial, made.info.records)
        return made
      }))
    )
  })

/** Nothing but a trial is taken: what it waits for may have to wait itself, for room that others hold. */
const nextLetIn = (isolation: Isolation, inbox: Inbox): Trial | undefined => {
  if (isolation.isOver || inbox.suspended === 0) return undefined
  inbox.letIn(isolation.wanted())
  return isolation.next()
}

const cutOfTrial = (
  { buries, lane, maxRecords }: Trial,
  id: number,
  boundary: Boundary,
  intakes: ReadonlyArray<Intake>,
  inbox: Inbox
): Cut => {
  if (lane === undefined) return cut(id, boundary, intakes, inbox)
  const received = inbox.takeSome(lane, (shelf) => buries === "block" ? shelf.takeBlock() : shelf.take(Math.max(1, maxRecords)))
  const made = cutOf(id, boundary, intakes, received)
  const intake = intakes[lane]
  if (buries === undefined || intake === undefined) return made
  const items = received[lane]?.segments.flat() ?? []
  return {
    ...made,
    segments: made.segments.map(() => []),
    buried: buriedOf(intake, buries === "block" ? items.flatMap((item) => item instanceof Part ? item.records : [item]) : recordsOf(intake, items)),
    isPartial: true
  }
}

const recordsOf = ({ receiver }: Intake, chunks: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const split = splitOf(receiver)
  return chunks.flatMap((chunk) =>
    chunk instanceof Part ? chunk.records : split === undefined ? [chunk] : [...split(chunk)])
}

const buriedOf = ({ receiver }: Intake, items: ReadonlyArray<unknown>): ReadonlyArray<Buried> =>
  items.map((item) => ({ receiver: receiver.name, item }))
