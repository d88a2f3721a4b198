/** The options of a pipeline with every default filled in. */
import type * as Schedule from "effect/Schedule"

/** Records per second of a receiver that nothing has been measured of yet. */
export const defaultInitialRate = 10_000

/**
 * Every setting of a run, in the units that the engine uses.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  readonly batchIntervalMillis: number
  readonly bufferRecords: number
  /** `undefined`: 256 MiB or a quarter of the heap limit, whichever is less; known when the pipeline starts. */
  readonly bufferBytes: number | undefined
  /** `undefined`: each receiver's own default, which is no limit for what is in memory, else `defaultInitialRate`. */
  readonly initialRate: number | undefined
  /** `Infinity`: no limit. */
  readonly maxRate: number
  readonly backpressure: boolean
  /** `undefined`: the default policies, which `explain` spells out. */
  readonly restart: Schedule.Schedule<unknown, unknown> | undefined
  readonly retry: Schedule.Schedule<unknown, unknown> | undefined
  readonly outputConcurrency: number
  readonly drainTimeoutMillis: number
  /** How long delivered batches are kept for `slice`. */
  readonly rememberMillis: number
  readonly freezeBatches: boolean
  /** `undefined`: no end. */
  readonly batchDeadlineMillis: number | undefined
  /** How many batches may be on their way to the outputs while the next is processed. */
  readonly commitDepth: number
  /** How long one try to commit a batch to an output may take, where there is a checkpoint. */
  readonly commitTimeoutMillis: number
  readonly outbox: "auto" | "on" | "off"
  /** How many bytes of journal make a snapshot due. */
  readonly snapshotAfterBytes: number
  readonly takeover: boolean
  /** What of a checkpoint is given up, and what goes by another name now. */
  readonly drop: ReadonlyArray<string>
  readonly rename: Readonly<Record<string, string>>
  /** What a run must promise to start; `undefined`: whatever it can. */
  readonly guarantee: "exactly-once" | "at-least-once" | undefined
  readonly backend: "generated" | "closures" | undefined
}
