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
  readonly backend: "generated" | "closures" | undefined
}
