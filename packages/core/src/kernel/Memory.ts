/** What one stateful stage remembers from batch to batch. */
import type { BatchTime } from "../batch/BatchTime.ts"
import type { Primitive } from "../batch/Key.ts"
import type { AnyFunction } from "./Step.ts"

/** Something remembered, in the form in which it is written down: a name within the stage, and JSON. */
export type Entry = readonly [name: Primitive, value: unknown]

/** What a batch changed, or, with nothing removed, everything there is. Proportional to what was touched. */
export interface Delta {
  readonly set: ReadonlyArray<Entry>
  readonly removed: ReadonlyArray<Primitive>
}

/** What a stateful stage is told of the batch that begins. */
export interface MemoryBatch {
  readonly id: number
  readonly time: BatchTime
  /** Whether the stage has output at this time. False only between the slides of a window. */
  readonly emits: boolean
}

/**
 * One per stateful stage and run, made by the operator. It lives in the engine as live objects and is updated in place,
 * so a batch costs what it touches.
 *
 * For each batch, in order: `begin`; `add` for each record; `finish`; then `delta`, where a store asks for it; then
 * `commit`, or `rollback`, after which it is as before `begin`; a `rollback` without an open batch does nothing.
 * `snapshot` and `restore` happen between batches.
 */
export interface Memory {
  readonly begin: (batch: MemoryBatch) => void
  /**
   * One record. A keyed stage gets `(key, value, name)`: `name` is the primitive that stands for the key, the key
   * itself where that is a primitive, and is checked with `newKey` or `newEncodedKey` where it is new. An unkeyed one
   * gets `(item)`. May throw what a user's function throws.
   */
  readonly add: (first: any, value?: any, name?: any) => void
  /** What the stage emits for this batch; not looked at where it does not emit. May throw as `add` may. */
  readonly finish: () => ReadonlyArray<unknown>
  readonly delta: () => Delta
  readonly commit: () => void
  readonly rollback: () => void
  readonly snapshot: () => ReadonlyArray<Entry>
  /** Takes back what `snapshot`, or all deltas together, gave. Called once, before the first batch. */
  readonly restore: (entries: ReadonlyArray<Entry>) => void
  /** All that is remembered now, as items, for a stage that reads another's state. */
  readonly recall?: (() => ReadonlyArray<unknown>) | undefined
  /** How many records of the batch that is open were not taken in because of the time that they carry. */
  readonly refused?: { readonly operator: string; readonly late: number; readonly future: number } | undefined
}

/** What an operator is told when its memory is made. */
export interface MemoryPlan {
  readonly batchIntervalMillis: number
  /** How often input comes. */
  readonly parentSlideMillis: number
  /** How often output goes. */
  readonly slideMillis: number
  /** Milliseconds that a window covers; `parentSlideMillis` where the operator has no window. */
  readonly windowMillis: number
  /** Whether the operator has a window, so that it speaks also at boundaries that no batch was cut at. */
  readonly isWindow: boolean
  /** Gives the primitive that stands for a structural key, where keys come with an encoding. */
  readonly encode?: AnyFunction | undefined
}
