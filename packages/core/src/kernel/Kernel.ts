/** The loop of a fused stage. */
import type { Memory } from "./Memory.ts"
import type { Refused } from "./Refused.ts"
import type { AnyFunction } from "./Step.ts"

/**
 * Where a stage collects while it runs over the segments of one batch: made anew for each batch, finished once.
 */
export interface Accumulator {
  readonly out: Array<any>
  readonly map: Map<any, any> | undefined
  value: any
  present: boolean
  /** The step that composed closures are in; generated loops keep it in a local variable. */
  step: number
  /** What the stage remembers, where its aggregation is `remember`. */
  readonly memory: Memory | undefined
  readonly refused: Refused
}

/**
 * A stage's loop, made once and run for every batch: `begin`, then `run` for each slice `[from, to)` of each
 * segment in order, then `finish`. A user function that throws ends `run` with a `StepFailure`, after which the
 * accumulator is of no use. Everything a batch knows is in its accumulator, so batches may overlap.
 */
export interface Kernel {
  readonly begin: (memory?: Memory, refused?: Refused) => Accumulator
  readonly run: (segment: ReadonlyArray<unknown>, from: number, to: number, accumulator: Accumulator) => void
  readonly finish: (accumulator: Accumulator) => ReadonlyArray<unknown>
}

/**
 * A user's function threw (or gave what it may not give): which step, at which item of the segment. The aggregation's
 * own functions are the step after the last.
 */
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
