/**
 * A pipeline that runs in the background.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Batch } from "../batch/Batch.ts"
import type { DStream } from "../dstream/Node.ts"
import type { PipelineError } from "./PipelineError.ts"
import type { BatchInfo, Delays, PipelineEvent } from "./PipelineEvent.ts"

/**
 * How a receiver stands.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReceiverMetrics {
  readonly name: string
  readonly active: boolean
  readonly restarts: number
  /** Records that batches took. */
  readonly records: number
  /** Records per second it is held to. `Infinity`: not held. */
  readonly rateLimit: number
  readonly lastError: string | undefined
  /** Time of the newest batch that held a record of it. */
  readonly lastRecordAt: number | undefined
}

/**
 * What a run has done so far.
 *
 * @category models
 * @since 0.1.0
 */
export interface PipelineMetrics {
  readonly completedBatches: number
  readonly failedBatches: number
  /** Records of completed batches. */
  readonly processedRecords: number
  /** Items that steps with `onError("drop")` left out. */
  readonly droppedRecords: number
  /** Items that were set aside: by steps, by operators without room, by outputs that refused them. */
  readonly deadLetters: number
  /** Records and bytes that no batch has taken yet. */
  readonly waitingRecords: number
  readonly waitingBytes: number
  /** Blocks that found no room and hold their receiver back. */
  readonly suspendedBlocks: number
  readonly lastBatch: { readonly batch: BatchInfo; readonly delays: Delays } | undefined
  readonly receivers: ReadonlyArray<ReceiverMetrics>
}

/**
 * The handle of a started pipeline. It is stopped, and drained, when its scope closes.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunningPipeline<out E = never> {
  readonly name: string
  /**
   * Takes in no more, processes what was received, closes the sinks, and returns when that is done or `drainTimeout`
   * has passed. Stopping again waits for the same end. It never fails; `awaitTermination` tells how the run ended. An
   * output that stops its own pipeline must fork this, or it waits for itself.
   */
  readonly stop: Effect.Effect<void>
  /**
   * Waits for the end: true when the pipeline has ended, false when `timeout` passed first. Fails with what the
   * pipeline failed with. Without a timeout it waits for as long as the pipeline runs.
   */
  readonly awaitTermination: (timeout?: Duration.Input) => Effect.Effect<boolean, PipelineError<E>>
  /**
   * Events from the moment of subscription, up to and including `PipelineStopped`. A subscriber that lags by 4,096
   * events misses the oldest.
   */
  readonly events: Stream.Stream<PipelineEvent>
  readonly metrics: Effect.Effect<PipelineMetrics>
  /**
   * The batches that a stream of this pipeline had from one time to another, both ends included, oldest first: those
   * that were delivered and that the pipeline's `remember` still keeps. Ends that are no batch times of the stream are
   * rounded down, with a warning. Spark's `slice`. Any stream that leads to an output can be asked for, also one inside
   * of a loop; another stream, or a pipeline that remembers nothing, is a defect.
   */
  readonly slice: <A, E2, R2>(
    stream: DStream<A, E2, R2>,
    interval: { readonly from: number; readonly to: number }
  ) => Effect.Effect<ReadonlyArray<Batch<A>>>
}
