/** The items of a batch that a sink refused, as dead letters. */
import * as Cause from "effect/Cause"
import * as Result from "effect/Result"
import type { DeadLetter } from "../store/DeadLetter.ts"
import type { BatchRef, PipelineError } from "./PipelineError.ts"
import { Trouble } from "./Trouble.ts"

/** Nothing where the failure is not about the batch: a defect is a bug. And where there are more than are set aside. */
export const lettersOf = (
  pipeline: string,
  output: string,
  batch: BatchRef,
  items: ReadonlyArray<unknown>,
  { reason }: PipelineError<unknown>
): ReadonlyArray<DeadLetter> | undefined => {
  if (reason._tag !== "OutputFailed" || !reason.cause.reasons.every(Cause.isFailReason)) return undefined
  const error = Cause.squash(reason.cause)
  const trouble = new Trouble(pipeline, batch)
  return Result.getOrUndefined(Result.try(() => {
    for (const item of items) trouble.bury("output", output, item, error)
    return trouble.letters
  }))
}
