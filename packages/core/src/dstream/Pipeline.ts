/**
 * A name, a batch interval, outputs: closed, ready to compile. Plain data.
 */
import type * as Duration from "effect/Duration"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import { hasProperty } from "effect/Predicate"
import type * as Schedule from "effect/Schedule"
import type * as Types from "effect/Types"
import type { Output } from "./Node.ts"

export const TypeId = "~@millrace/core/Pipeline"

/**
 * What a pipeline may be told beside its interval and outputs. Every default is in `Pipeline.explain`.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /**
   * How much may wait between receivers and batches, all receivers together. When it is full receivers are suspended;
   * nothing is dropped. Defaults to 1,000,000 records and 256 MiB, or a quarter of the heap limit if that is less.
   */
  readonly buffer?: { readonly records?: number | undefined; readonly bytes?: number | undefined } | undefined
  /** Records per second and receiver before anything was measured; doubles from batch to batch. Defaults to 10,000. */
  readonly initialRate?: number | undefined
  /** Records per second and receiver that are never exceeded. Defaults to no limit. */
  readonly maxRate?: number | undefined
  /** Whether the rate follows the measured processing time. Defaults to true. */
  readonly backpressure?: boolean | undefined
  /** When a receiver is opened again. Defaults to 100 ms doubling to 5 s, jittered, 10 tries without a healthy minute. */
  readonly restart?: Schedule.Schedule<unknown, unknown> | undefined
  /** When a failed output is tried again. Defaults to 100 ms doubling to 10 s, 5 tries. */
  readonly retry?: Schedule.Schedule<unknown, unknown> | undefined
  /** How many outputs of a batch run at a time. Defaults to 1: in the order of their definition. */
  readonly outputConcurrency?: number | undefined
  /** How long a stop may take to process what was received. Defaults to 20 seconds. */
  readonly drainTimeout?: Duration.Input | undefined
  /**
   * How long batches are kept in memory after they were delivered, with everything that was computed of them, so that
   * the running pipeline can be asked for a `slice`. Defaults to 0: not at all.
   */
  readonly remember?: Duration.Input | undefined
  /**
   * Whether whole-batch functions and sinks get frozen copies of their arrays, so that one that changes them fails
   * instead of changing what others see. Costs a copy for each. Defaults to false; test runs turn it on.
   */
  readonly freezeBatches?: boolean | undefined
  /**
   * How many batches may be on their way to the disk and the outputs while the next one is processed. Only with a
   * `CheckpointStore`. Defaults to 4.
   */
  readonly commitDepth?: number | undefined
  /**
   * How long one try to commit a batch to an output may take before it is given up and tried again. Only with a
   * `CheckpointStore`. Defaults to 30 seconds.
   */
  readonly commitTimeout?: Duration.Input | undefined
  /**
   * Whether what a batch emits is kept in the journal until the outputs have it, instead of being computed again after
   * a crash. `"auto"`, the default: where an effect is among the steps, where there are several outputs, and where a
   * receiver's input cannot be read again. `"off"` where the last is not so.
   */
  readonly outbox?: "auto" | "on" | "off" | undefined
  /**
   * How many bytes of journal make a snapshot of the state due, or half the size of the last snapshot if that is more.
   * Defaults to 64 MiB. Less makes the next start faster and the run slower.
   */
  readonly snapshotAfterBytes?: number | undefined
  /**
   * What the pipeline has to promise. A run whose receivers, checkpoint and sinks promise less does not start, and says
   * which of them is too weak. Defaults to no demand: what is promised is shown at the start.
   */
  readonly guarantee?: "exactly-once" | "at-least-once" | undefined
  /** Whether another run of the pipeline that seems alive is shut out, instead of refusing to start. Defaults to false. */
  readonly takeover?: boolean | undefined
  /**
   * Names of operators, receivers or outputs whose part of the checkpoint is given up, where it does not fit the pipeline
   * any more. Without effect on what fits.
   */
  readonly drop?: ReadonlyArray<string> | undefined
  /** Old names of operators in the checkpoint, and their new ones: `{ old: "new" }`. Without effect once it is done. */
  readonly rename?: Readonly<Record<string, string>> | undefined
  /**
   * How long the stages of a batch may take. One that takes longer, such as one with a record that loops for ever, ends
   * the process with exit code 86 and a report, where the pipeline runs under `runMain`; elsewhere it is not looked at.
   * With a checkpoint and `DeadLetters` the record is then found as one that ends the process is. Defaults to no end.
   */
  readonly batchDeadline?: Duration.Input | undefined
  /** How fused loops are made. Defaults to generated code, or closures where code may not be generated. */
  readonly backend?: "generated" | "closures" | undefined
}

/**
 * A closed description that can be compiled and run, any number of times.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pipeline<out E = never, out R = never> extends Pipeable {
  readonly [TypeId]: { readonly _E: Types.Covariant<E>; readonly _R: Types.Covariant<R> }
  readonly name: string
  readonly batchInterval: Duration.Input
  readonly outputs: ReadonlyArray<Output<E, R>>
  readonly options: Options
}

const Proto = {
  [TypeId]: { _E: (_: never) => _, _R: (_: never) => _ },
  pipe() {
    return pipeArguments(this, arguments)
  }
}

/**
 * Whether a value is a pipeline.
 *
 * @category guards
 * @since 0.1.0
 */
export const isPipeline = (u: unknown): u is Pipeline<unknown, unknown> => hasProperty(u, TypeId)

/**
 * Closes outputs into a pipeline. It never throws: what is wrong with it is listed when it is compiled.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <const Outputs extends ReadonlyArray<Output<unknown, unknown>>>(
  name: string,
  options: Options & { readonly batchInterval: Duration.Input; readonly outputs: Outputs }
): Pipeline<
  ErrorOf<Outputs[number]>,
  NeedOf<Outputs[number]>
> => {
  const { batchInterval, outputs, ...rest } = options
  return Object.assign(Object.create(Proto), { name, batchInterval, outputs, options: rest })
}

type ErrorOf<Out> = Out extends Output<infer E, infer _R> ? E : never

type NeedOf<Out> = Out extends Output<infer _E, infer R> ? R : never
