/** The input of a batch that was prepared, once more: what it is computed again of. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { codecOf } from "../dstream/jsonCodec.ts"
import type { Receiver } from "../dstream/Receiver.ts"
import type { Plan } from "../plan/Plan.ts"
import { CheckpointError, type Reason } from "../store/CheckpointError.ts"
import type { CheckpointStore } from "../store/CheckpointStore.ts"
import type { PreparedBatch } from "../store/decideRecovery.ts"
import type { Cut } from "./cut.ts"
import { errorText } from "./errorText.ts"
import type { Segments } from "./Turn.ts"

/** Whose checkpoint it is, for errors. */
export interface Checkpointed {
  readonly plan: Plan
  readonly store: Pick<CheckpointStore["Service"], "path">
}

export const checkpointError = ({ plan, store }: Checkpointed, reason: Reason): CheckpointError =>
  new CheckpointError({ pipeline: plan.pipeline, path: store.path, reason })

export const receiversOf = ({ stages }: Plan): ReadonlyArray<Receiver<unknown, unknown, any>> =>
  stages.flatMap((stage) => stage._tag === "Receive" ? [stage.receiver] : [])

/** The cut of a batch as it was: from the journal, or from sources that can be read again. */
export const reread = (self: Checkpointed, batch: PreparedBatch): Effect.Effect<Cut, CheckpointError, any> => {
  const { inputs, missedBoundaries, time } = batch.prepared
  return Effect.map(
    Effect.forEach(receiversOf(self.plan), (receiver) => segmentsOf(self, receiver, batch)),
    (segments) => ({
      info: {
        id: batch.prepared.batch,
        time,
        records: inputs.reduce((sum, { records }) => sum + records, 0),
        missedBoundaries,
        inputs: inputs.map(({ bytes, receiver, records }) => ({ receiver, records, bytes }))
      },
      dueAt: 0,
      segments,
      acknowledgements: [],
      ends: inputs.map(({ dataUntil, receiver, skip, until }) => ({
        resumeAfter: decoded(self.plan, receiver, until),
        sequence: dataUntil,
        skip
      }))
    })
  )
}

const decoded = (plan: Plan, name: string, position: unknown): unknown => {
  const schema = receiversOf(plan).find((receiver) => receiver.name === name)?.position
  return schema === undefined || position === undefined ? undefined : codecOf(schema).decode(position)
}

const segmentsOf = (
  self: Checkpointed,
  receiver: Receiver<unknown, unknown, any>,
  { data, prepared }: PreparedBatch
): Effect.Effect<Segments, CheckpointError, any> => {
  const range = prepared.inputs.find((input) => input.receiver === receiver.name)
  if (range === undefined || range.records === 0 && range.dataUntil === undefined && range.until === undefined) {
    return Effect.succeed([])
  }
  const gone = (problem: string) =>
    checkpointError(self, { _tag: "InputGone", batch: prepared.batch, receiver: receiver.name, problem })
  if (range.dataUntil !== undefined && receiver.chunk !== undefined) {
    const { decode } = codecOf(receiver.chunk)
    return Effect.succeed(
      data.filter((block) => block.receiver === receiver.name).map(({ chunks }) => chunks.map((chunk) => decode(chunk)))
    )
  }
  const { position, reread } = receiver
  if (range.until === undefined || position === undefined || reread === undefined) {
    return range.records === 0 ? Effect.succeed([]) : Effect.fail(gone("it does not say how to read a range again"))
  }
  const { decode } = codecOf(position)
  const after = range.after === undefined ? Option.none() : Option.some(decode(range.after))
  return Effect.scoped(Effect.suspend(() => reread({ after, until: decode(range.until) }))).pipe(
    Effect.map((chunks) => [chunks]),
    Effect.catchCause((cause) => Effect.fail(gone(errorText(cause))))
  )
}
