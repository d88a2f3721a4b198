/** What a batch left does not fit where it must be written. */
import * as Cause from "effect/Cause"
import type { Cut } from "./cut.ts"
import { PipelineError } from "./PipelineError.ts"
import { UnwritableOutput, UnwritableState } from "./prepare.ts"

export const unwritable = (pipeline: string, { info }: Cut, error: unknown): PipelineError<unknown> => {
  const batch = { id: info.id, time: info.time }
  const cause = Cause.die(error)
  return error instanceof UnwritableOutput
    ? PipelineError.of(pipeline, { _tag: "OutputFailed", batch, output: error.output, attempts: 1, cause })
    : PipelineError.of(pipeline, {
      _tag: "StepFailed",
      batch,
      stage: "prepare",
      step: error instanceof UnwritableState ? `state of ${error.operator}` : "prepare",
      item: undefined,
      cause
    })
}
