/**
 * Why a pipeline ended other than by its end.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import type { BatchId } from "../batch/Batch.ts"
import type { BatchTime } from "../batch/BatchTime.ts"
import type { InvalidPipeline } from "../plan/InvalidPipeline.ts"
import type { CheckpointError } from "../store/CheckpointError.ts"
import type { StateError } from "../store/StateError.ts"
import { errorText } from "./errorText.ts"

/**
 * Which batch a failure belongs to.
 *
 * @category models
 * @since 0.1.0
 */
export interface BatchRef {
  readonly id: BatchId
  readonly time: BatchTime
}

/**
 * A receiver failed and may not be opened again: its error is not retryable, or its `restart` policy has ended.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReceiverFailed<out E> {
  readonly _tag: "ReceiverFailed"
  readonly receiver: string
  /** How often it was opened since it was last healthy for a minute. */
  readonly attempts: number
  readonly cause: Cause.Cause<E>
}

/**
 * A user's function threw, or an effect of `mapEffect` or `transformEffect` failed. `stage` is the name in
 * `Pipeline.explain`; `item` counts from 0 within the block that the stage was reading.
 *
 * @category models
 * @since 0.1.0
 */
export interface StepFailed<out E> {
  readonly _tag: "StepFailed"
  readonly batch: BatchRef
  readonly stage: string
  readonly step: string
  readonly item: number | undefined
  readonly cause: Cause.Cause<E>
}

/**
 * A sink failed and may not be tried again. `batch` is absent where the sink could not be opened.
 *
 * @category models
 * @since 0.1.0
 */
export interface OutputFailed<out E> {
  readonly _tag: "OutputFailed"
  readonly batch: BatchRef | undefined
  readonly output: string
  readonly attempts: number
  readonly cause: Cause.Cause<E>
}

/**
 * A stop did not finish within `drainTimeout`. What was received and not yet delivered is left to the next run where it is
 * in a checkpoint or can be received again, and is lost otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export interface DrainTimedOut {
  readonly _tag: "DrainTimedOut"
  readonly drainTimeoutMillis: number
  /** The batch that was being processed, if any. */
  readonly batch: BatchRef | undefined
  /** Records that no batch had taken yet. */
  readonly waitingRecords: number
  /** Where the checkpoint waited for room on a full disk, if it did. */
  readonly fullDisk: string | undefined
}

/**
 * What the pipeline did could not be made durable, or what it did before could not be taken up again.
 *
 * @category models
 * @since 0.1.0
 */
export interface CheckpointFailed {
  readonly _tag: "CheckpointFailed"
  readonly error: CheckpointError
}

/**
 * What operators remember could not be read or kept by the `StateStore`.
 *
 * @category models
 * @since 0.1.0
 */
export interface StateFailed {
  readonly _tag: "StateFailed"
  readonly error: StateError
}

/**
 * The reasons a pipeline fails for.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason<E> =
  | InvalidPipeline
  | ReceiverFailed<E>
  | StepFailed<E>
  | OutputFailed<E>
  | DrainTimedOut
  | CheckpointFailed
  | StateFailed

/**
 * What `Pipeline.run` fails with. `E` is what the receivers, operators and sinks may fail with, and is found in the
 * `cause` of the reason. The message says what happened and where, and never holds a record.
 *
 * @category errors
 * @since 0.1.0
 */
export class PipelineError<out E = unknown> extends Data.TaggedError("PipelineError")<{
  readonly pipeline: string
  readonly reason: Reason<unknown>
}> {
  declare readonly reason: Reason<E>

  static of<E>(pipeline: string, reason: Reason<E>): PipelineError<E> {
    return new PipelineError({ pipeline, reason })
  }

  override get message(): string {
    if (this.reason._tag === "InvalidPipeline") return this.reason.message
    if (this.reason._tag === "CheckpointFailed" || this.reason._tag === "StateFailed") return this.reason.error.message
    return `Pipeline ${JSON.stringify(this.pipeline)} ${describe(this.reason)}`
  }
}

const describe = (reason: Exclude<Reason<unknown>, InvalidPipeline | CheckpointFailed | StateFailed>): string => {
  switch (reason._tag) {
    case "ReceiverFailed":
      return `lost its receiver ${JSON.stringify(reason.receiver)} after ${times(reason.attempts)}: ${errorText(reason.cause)}`
    case "StepFailed":
      return `failed in batch ${reason.batch.id} (time ${reason.batch.time}), step ${
        reason.step === reason.stage ? reason.step : `${reason.step} of ${reason.stage}`
      }${
        reason.item === undefined ? "" : `, item ${reason.item}`
      }: ${errorText(reason.cause)}`
    case "OutputFailed":
      return `${
        reason.batch === undefined ? "could not open" : `failed in batch ${reason.batch.id} (time ${reason.batch.time}),`
      } output ${JSON.stringify(reason.output)}, after ${times(reason.attempts)}: ${errorText(reason.cause)}`
    case "DrainTimedOut":
      return `did not drain within ${reason.drainTimeoutMillis} ms: ${
        reason.batch === undefined ? "no batch was running" : `batch ${reason.batch.id} was running`
      } and ${reason.waitingRecords} records were waiting. ${
        reason.fullDisk === undefined
          ? "Raise drainTimeout if the work needs longer"
          : `The disk of the checkpoint in ${reason.fullDisk} is full. Make room on it, and start the pipeline again`
      }`
  }
}

const times = (attempts: number): string => attempts === 1 ? "1 try" : `${attempts} tries`
