/** What the compiler made of a pipeline: stages in the order in which a batch runs them. Plain data. */
import type { BatchSink } from "../dstream/BatchSink.ts"
import type { Remembered } from "../dstream/Node.ts"
import type { Receiver } from "../dstream/Receiver.ts"
import type { Memory, MemoryPlan } from "../kernel/Memory.ts"
import type { Aggregation, AnyFunction, OnError, Step } from "../kernel/Step.ts"
import type { Settings } from "./Settings.ts"

/**
 * One thing that happens to a batch. Each stage fills one slot and reads slots of earlier stages; a slot is written
 * once per batch, which is how shared parents are computed once.
 *
 * A slot holds segments: arrays of items that together, in order, are the batch. So a union and a list of blocks cost
 * no copy. Segments are no partitions, except in a slot that has several partitions.
 *
 * @category models
 * @since 0.1.0
 */
export type Stage =
  | {
    readonly _tag: "Receive"
    readonly name: string
    readonly slot: number
    readonly receiver: Receiver<unknown, unknown, unknown>
  }
  /** Steps and the aggregation that ends them, as one loop over all inputs. */
  | {
    readonly _tag: "Fused"
    readonly name: string
    readonly slot: number
    readonly inputs: ReadonlyArray<number>
    readonly steps: ReadonlyArray<Step>
    readonly aggregation: Aggregation
    /** How the keys of the incoming pairs are encoded, where a `keyBy` outside this stage said so. */
    readonly encode: AnyFunction | undefined
    /** Set where the aggregation is `remember`. */
    readonly memory: StageMemory | undefined
  }
  /** What the stage of slot `of` remembers. */
  | { readonly _tag: "Recall"; readonly name: string; readonly slot: number; readonly of: number }
  | { readonly _tag: "Union"; readonly name: string; readonly slot: number; readonly inputs: ReadonlyArray<number> }
  | {
    readonly _tag: "Batch"
    readonly name: string
    readonly slot: number
    readonly inputs: ReadonlyArray<number>
    readonly f: AnyFunction
    /** A number: the result is cut into so many slices. `"each"`: `f` is called for each partition of its input. */
    readonly partitions: number | "each" | undefined
  }
  | {
    readonly _tag: "Effect"
    readonly name: string
    readonly slot: number
    readonly input: number
    readonly f: AnyFunction
    readonly perItem: boolean
    readonly concurrency: number
    /** `f` makes the function, once per run. */
    readonly perRun: boolean
    /** What becomes of an item whose effect fails. */
    readonly onError: OnError | undefined
  }

/**
 * How a stage gets its memory. `operator` is the user's name for it.
 *
 * @category models
 * @since 0.1.0
 */
export interface StageMemory {
  readonly operator: string
  /** `mapWithState`, `window` … */
  readonly kind: string
  readonly remembered: Remembered
  readonly plan: MemoryPlan
  readonly make: (plan: MemoryPlan) => Memory
}

/**
 * A slot led into a sink.
 *
 * @category models
 * @since 0.1.0
 */
export interface PlanOutput {
  readonly name: string
  readonly input: number
  readonly sink: BatchSink<never, unknown, unknown>
  /** What becomes of a batch that the sink refuses for good. */
  readonly onError: "dead-letter" | undefined
}

/**
 * A compiled pipeline.
 *
 * @category models
 * @since 0.1.0
 */
export interface Plan {
  readonly pipeline: string
  readonly settings: Settings
  readonly slots: number
  /** In an order in which every stage comes after the stages it reads. */
  readonly stages: ReadonlyArray<Stage>
  /** By slot: milliseconds between its outputs. Between them a slot is empty and what reads it does not run. */
  readonly slides: ReadonlyArray<number>
  /** By slot: how many partitions its batches have. Where there are several, each is one segment. */
  readonly partitions: ReadonlyArray<number>
  /** In the order of their definition; the one of the dead letters, where there may be some, is the last. */
  readonly outputs: ReadonlyArray<PlanOutput>
  /** The slot of the dead letters, which is filled after all stages. */
  readonly deadLetters: number | undefined
}
