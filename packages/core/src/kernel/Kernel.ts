/** The loop of a fused stage. */
import type { AnyFunction } from "./Step.ts"

/**
 * Where a stage collects while it runs over the segments of one batch: made anew for each batch, finished once.
 */
export interface Accumulator {
  readonly out: Array<any>
  readonly map: Map<any, any> | undefined
  value: any
  present: boolean
}

/**
 * A stage's loop, made once and run for every batch: `begin`, then `run` for each slice `[from, to)` of each
 * segment in order, then `finish`. A user function that throws ends `run` with a `StepFailure`.
 */
export interface Kernel {
  readonly begin: () => Accumulator
  readonly run: (segment: ReadonlyArray<unknown>, from: number, to: number, accumulator: Accumulator) => void
  readonly finish: (accumulator: Accumulator) => ReadonlyArray<unknown>
}

/** A user's function threw (or was given what it may not have): which step, at which item of the segment. */
export class StepFailure {
  readonly step: number
  readonly item: number
  readonly cause: unknown
  constructor(step: number, item: number, cause: unknown) {
    this.step = step
    this.item = item
    this.cause = cause
  }
}

export type { AnyFunction }
