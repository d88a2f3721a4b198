/**
 * What a run tells the world. Logs, metrics, spans and a dashboard are readers of these.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const batch = { id: Schema.Int, time: Schema.Int }
const pipeline = { pipeline: Schema.String }

/** Records and bytes that one receiver put into a batch. */
export const Input = Schema.Struct({ receiver: Schema.String, records: Schema.Int, bytes: Schema.Number })

/**
 * A batch as it was cut: how much came from where, and how many boundaries before this one had no batch of their own.
 *
 * @category models
 * @since 0.1.0
 */
export const BatchInfo = Schema.Struct({
  ...batch,
  records: Schema.Int,
  missedBoundaries: Schema.Int,
  inputs: Schema.Array(Input)
})

/** @since 0.1.0 */
export type BatchInfo = typeof BatchInfo.Type

/**
 * Delays of a batch in milliseconds: from the boundary it was due at to its start; its processing and its commit; and
 * from the boundary to its end, which with a checkpoint includes what it waited for the commits of batches before it.
 *
 * @category models
 * @since 0.1.0
 */
export const Delays = Schema.Struct({
  schedulingDelay: Schema.Number,
  processingDelay: Schema.Number,
  totalDelay: Schema.Number
})

/** @since 0.1.0 */
export type Delays = typeof Delays.Type

const PipelineStarted = Schema.TaggedStruct("PipelineStarted", { ...pipeline, batchIntervalMillis: Schema.Int })
const ReceiverStarted = Schema.TaggedStruct("ReceiverStarted", { ...pipeline, receiver: Schema.String })
const ReceiverError = Schema.TaggedStruct("ReceiverError", {
  ...pipeline,
  receiver: Schema.String,
  /** Name and message of the error; never a record. */
  error: Schema.String
})
const ReceiverRestarted = Schema.TaggedStruct("ReceiverRestarted", {
  ...pipeline,
  receiver: Schema.String,
  /** 1 for the first time it is opened again. */
  attempt: Schema.Int
})
const ReceiverStopped = Schema.TaggedStruct("ReceiverStopped", {
  ...pipeline,
  receiver: Schema.String,
  why: Schema.Literals(["ended", "stopped", "failed"])
})
const BufferFull = Schema.TaggedStruct("BufferFull", {
  ...pipeline,
  records: Schema.Int,
  bytes: Schema.Number,
  /** The receiver that was suspended; the others are once they have something to hand over. */
  receiver: Schema.String
})
const BatchSubmitted = Schema.TaggedStruct("BatchSubmitted", { ...pipeline, batch: BatchInfo })
const BatchStarted = Schema.TaggedStruct("BatchStarted", {
  ...pipeline,
  batch: BatchInfo,
  schedulingDelay: Schema.Number
})
const BatchCompleted = Schema.TaggedStruct("BatchCompleted", { ...pipeline, batch: BatchInfo, delays: Delays })
const BatchFailed = Schema.TaggedStruct("BatchFailed", { ...pipeline, batch: BatchInfo, error: Schema.String })
const OutputStarted = Schema.TaggedStruct("OutputStarted", {
  ...pipeline,
  batch: Schema.Struct(batch),
  output: Schema.String,
  records: Schema.Int
})
const OutputCompleted = Schema.TaggedStruct("OutputCompleted", {
  ...pipeline,
  batch: Schema.Struct(batch),
  output: Schema.String,
  records: Schema.Int,
  attempts: Schema.Int,
  durationMillis: Schema.Number
})
const OutputFailed = Schema.TaggedStruct("OutputFailed", {
  ...pipeline,
  batch: Schema.Struct(batch),
  output: Schema.String,
  attempt: Schema.Int,
  willRetry: Schema.Boolean,
  error: Schema.String
})
const PipelineStopped = Schema.TaggedStruct("PipelineStopped", {
  ...pipeline,
  why: Schema.Literals(["ended", "stopped", "failed"]),
  error: Schema.optionalKey(Schema.String)
})

/**
 * Every event, tagged, with the name of its pipeline. The batch events come in the order submitted, started, its
 * outputs, completed or failed.
 *
 * @category schemas
 * @since 0.1.0
 */
export const PipelineEvent = Schema.Union([
  PipelineStarted,
  ReceiverStarted,
  ReceiverError,
  ReceiverRestarted,
  ReceiverStopped,
  BufferFull,
  BatchSubmitted,
  BatchStarted,
  BatchCompleted,
  BatchFailed,
  OutputStarted,
  OutputCompleted,
  OutputFailed,
  PipelineStopped
])

/**
 * @category models
 * @since 0.1.0
 */
export type PipelineEvent = typeof PipelineEvent.Type
