/** What one stateful stage remembers from batch to batch. */
import type { BatchTime } from "../batch/BatchTime.ts"
import type { Primitive } from "../batch/Key.ts"
import type { AnyFunction } from "./Step.ts"
import type { StoredKeys } from "./StoredKeys.ts"

/**
 * What a batch changed, or, with nothing removed, everything there is. Proportional to what was touched. In columns and
 * all of it JSON, so that it is written down in one pass and without an object per name.
 */
export interface Delta {
  /** What goes: before anything else of the delta is taken in. */
  readonly removed: ReadonlyArray<unknown>
  /** Names within the stage, as `toJson` writes them: each once. What is new is in the order of its age. */
  readonly names: ReadonlyArray<unknown>
  /** What is remembered under the name at the same place. */
  readonly values: ReadonlyArray<unknown>
  /** What the memory has to say besides. */
  readonly rest?: unknown
}

/** What is set, by name, as columns. */
export const deltaOf = (set: ReadonlyMap<unknown, unknown>, removed: ReadonlyArray<unknown>): Delta => ({
  removed,
  names: [...set.keys()],
  values: [...set.values()]
})

/** Two in one. Their names are different. */
export const allOf = (left: Delta, right: Delta): Delta => ({
  removed: left.removed.concat(right.removed),
  names: left.names.concat(right.names),
  values: left.values.concat(right.values)
})

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
   * Told the names of the `count` records that are added next, in their order, before the first of them is. What is
   * found for all of them at once is waited for once, where a million keys are nowhere near the processor.
   */
  readonly lookAhead?: ((names: ReadonlyArray<Primitive>, count: number) => void) | undefined
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
  readonly snapshot: () => Delta
  /**
   * Takes back what was written down: first a snapshot, where there is one, then the deltas of all batches after it, in
   * their order, one a call. Called before the first batch only. After that it is what the memory was that wrote them.
   */
  readonly restore: (delta: Delta, batch?: number) => void
  /**
   * Where the memory reads keys from a store: that has now taken in the deltas of all batches up to this one. Until then
   * the memory holds what they changed; what it is restored from is what the store has not got, with its batch.
   */
  readonly applied?: (batch: number) => void
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
  /** Where a store keeps the keys of the operator, which then need not fit into memory. */
  readonly stored?: StoredKeys | undefined
}
