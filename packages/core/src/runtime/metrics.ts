/** The metrics of one run. Made once per run with their attributes, because making them per batch costs more than the batch. */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { BatchInfo, Delays } from "./PipelineEvent.ts"

const seconds = Metric.exponentialBoundaries({ start: 0.0005, factor: 2, count: 18 })

const counter = (name: string, description: string, attributes: Record<string, string>) =>
  Metric.counter(name, { description, attributes, incremental: true })

const gauge = (name: string, description: string, attributes: Record<string, string>) =>
  Metric.gauge(name, { description, attributes })

const delay = (name: string, description: string, attributes: Record<string, string>) =>
  Metric.histogram(name, { description, attributes, boundaries: seconds })

/** The metrics that belong to one receiver. */
const ofReceiver = (pipeline: string, receiver: string) => {
  const at = { pipeline, receiver }
  return {
    records: counter("millrace_records_received_total", "Records that batches took from this receiver", at),
    active: gauge("millrace_receiver_active", "1 while the receiver is open, else 0", at),
    errors: counter("millrace_receiver_errors_total", "Failures of this receiver", at),
    idle: gauge("millrace_receiver_idle_seconds", "Time since a batch last held a record of this receiver", at),
    rateLimit: gauge("millrace_rate_limit_records_per_second", "Rate this receiver is held to", at)
  }
}

/** The metrics that belong to one output. */
const ofOutput = (pipeline: string, sink: string) => ({
  records: counter("millrace_records_written_total", "Records delivered by this output", { pipeline, sink }),
  errors: counter("millrace_sink_errors_total", "Failed tries of this output", { pipeline, sink })
})

/** The metrics that belong to one window of event time. */
const ofEventWindow = (pipeline: string, window: string) => {
  const of = (reason: "late" | "future") =>
    counter("millrace_late_records_total", "Records that are in no window", { pipeline, window, reason })
  return { late: of("late"), future: of("future") }
}

const dropped = (pipeline: string, step: string) =>
  counter("millrace_records_dropped_total", "Records that this step could not take and left out", { pipeline, step })

const buried = (pipeline: string, from: string, name: string) =>
  counter("millrace_dead_letters_total", "Records that were set aside", { pipeline, from, name })

/** The metrics of one run, and the context they are written in. */
export class PipelineMetrics {
  droppedRecords = 0
  deadLetters = 0
  private readonly context: Context.Context<never>
  private readonly receivers: ReadonlyArray<ReturnType<typeof ofReceiver>>
  private readonly outputs: ReadonlyArray<ReturnType<typeof ofOutput>>
  private readonly pipeline: string
  private readonly eventWindows = new Map<string, ReturnType<typeof ofEventWindow>>()
  private readonly completed
  private readonly failed
  private readonly running
  private readonly waiting
  private readonly waitingBatches
  private readonly suspensions
  private readonly scheduling
  private readonly processing
  private readonly total

  constructor(
    pipeline: string,
    receivers: ReadonlyArray<string>,
    outputs: ReadonlyArray<string>,
    context: Context.Context<never>
  ) {
    this.context = context
    this.pipeline = pipeline
    this.receivers = receivers.map((name) => ofReceiver(pipeline, name))
    this.outputs = outputs.map((name) => ofOutput(pipeline, name))
    this.completed = counter("millrace_batches_total", "Batches by how they ended", { pipeline, status: "completed" })
    this.failed = counter("millrace_batches_total", "Batches by how they ended", { pipeline, status: "failed" })
    this.running = gauge("millrace_batches_running", "1 while a batch is being processed", { pipeline })
    this.waitingBatches = gauge("millrace_batches_waiting", "Boundaries that passed before this batch was cut", { pipeline })
    this.waiting = gauge("millrace_buffer_records", "Records that no batch has taken yet", { pipeline })
    this.suspensions = counter("millrace_buffer_full_total", "Blocks that found no room in the buffer", { pipeline })
    this.scheduling = delay("millrace_batch_scheduling_delay_seconds", "From due to started", { pipeline })
    this.processing = delay("millrace_batch_processing_seconds", "From started to done", { pipeline })
    this.total = delay("millrace_batch_total_delay_seconds", "From due to done", { pipeline })
  }

  batchStarted(info: BatchInfo, waitingRecords: number): void {
    this.running.updateUnsafe(1, this.context)
    this.waiting.updateUnsafe(waitingRecords, this.context)
    this.waitingBatches.updateUnsafe(info.missedBoundaries, this.context)
    for (let i = 0; i < info.inputs.length; i++) {
      this.receivers[i]?.records.updateUnsafe(info.inputs[i]?.records ?? 0, this.context)
    }
  }

  batchCompleted(delays: Delays): void {
    this.running.updateUnsafe(0, this.context)
    this.completed.updateUnsafe(1, this.context)
    this.scheduling.updateUnsafe(delays.schedulingDelay / 1000, this.context)
    this.processing.updateUnsafe(delays.processingDelay / 1000, this.context)
    this.total.updateUnsafe(delays.totalDelay / 1000, this.context)
  }

  batchFailed(): void {
    this.running.updateUnsafe(0, this.context)
    this.failed.updateUnsafe(1, this.context)
  }

  /** Once per run: what a record survives that an output has. */
  durable(durability: string): void {
    gauge("millrace_checkpoint_durability", "1 for what a committed batch survives: fsync, os, or none", {
      pipeline: this.pipeline,
      durability
    }).updateUnsafe(1, this.context)
  }

  bufferFull(): void {
    this.suspensions.updateUnsafe(1, this.context)
  }

  receiverActive(lane: number, active: boolean): void {
    this.receivers[lane]?.active.updateUnsafe(active ? 1 : 0, this.context)
  }

  receiverFailed(lane: number): void {
    this.receivers[lane]?.errors.updateUnsafe(1, this.context)
  }

  receiverAfterBatch(lane: number, idleMillis: number, rate: number): void {
    const metrics = this.receivers[lane]
    metrics?.idle.updateUnsafe(idleMillis / 1000, this.context)
    metrics?.rateLimit.updateUnsafe(rate, this.context)
  }

  recordsRefused({ future, late, operator }: { readonly operator: string; readonly late: number; readonly future: number }): void {
    let metrics = this.eventWindows.get(operator)
    if (metrics === undefined) this.eventWindows.set(operator, metrics = ofEventWindow(this.pipeline, operator))
    metrics.late.updateUnsafe(late, this.context)
    metrics.future.updateUnsafe(future, this.context)
  }

  /** Made where they are needed, for little goes wrong. */
  recordsDropped(step: string, records: number): void {
    this.droppedRecords += records
    dropped(this.pipeline, step).updateUnsafe(records, this.context)
  }

  recordsBuried(from: string, name: string, records: number): void {
    this.deadLetters += records
    buried(this.pipeline, from, name).updateUnsafe(records, this.context)
  }

  written(output: number, records: number): void {
    this.outputs[output]?.records.updateUnsafe(records, this.context)
  }

  outputFailed(output: number): void {
    this.outputs[output]?.errors.updateUnsafe(1, this.context)
  }
}
