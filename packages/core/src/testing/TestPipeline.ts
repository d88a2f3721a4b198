/**
 * Runs streams and pipelines through the production engine on a virtual clock.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { Batch } from "../batch/Batch.ts"
import * as DStream from "../DStream.ts"
import type * as Pipeline from "../Pipeline.ts"
import type { PipelineError } from "../runtime/PipelineError.ts"
import { StateStore } from "../store/StateStore.ts"
import { runStream, Script } from "./runStream.ts"
import * as virtual from "./virtual.ts"

/**
 * How a test run differs from the defaults.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<in P = never> extends Pipeline.Options {
  /** Defaults to one second; the first batch time is one interval. */
  readonly batchInterval?: Duration.Input | undefined
  /** How many batches to run on, with empty input, after the input has ended. Defaults to 0. */
  readonly runOn?: number | undefined
  /** How many partitions each batch of input is cut into, as by `repartition`. Defaults to 1, which is not cut. */
  readonly partitions?: number | undefined
  /** Services that the stream needs, made on the virtual clock. A `StateStore` among them is used instead of memory. */
  readonly layer?: Layer.Layer<P> | undefined
}

/** What is left to provide: a test run brings its own store. */
type Needs<R, P> = Exclude<Exclude<R, P>, StateStore>

/**
 * Feeds one batch of input per batch time and gives what the stream emits at each: an item per batch time, empty ones
 * included. Time is virtual, so a thousand batches take milliseconds; what waits for real I/O does not see time pass.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(
 *   TestPipeline.run([[1, 2], [], [3]], (input) => DStream.map(input, (n) => n * 10))
 * )
 * output.map((batch) => batch.items) // => [[10, 20], [], [30]]
 * output.map((batch) => batch.time) // => [1000, 2000, 3000]
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export const run = <A, B, E, R, P = never>(
  batches: ReadonlyArray<ReadonlyArray<A>>,
  build: (input: DStream.DStream<A>) => DStream.DStream<B, E, R>,
  options?: Options<P>
): Effect.Effect<ReadonlyArray<Batch<B>>, PipelineError<E>, Needs<R, P>> => inLegs(batches, [], build, options)

/**
 * `run` with several inputs: each gives its own batch at every batch time, an empty one when it has no more.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(
 *   TestPipeline.runMany([[[1], [2]], [["a"]]], (numbers, words) => DStream.union(numbers, words))
 * )
 * output.map((batch) => batch.items) // => [[1, "a"], [2]]
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export const runMany = <
  const Inputs extends ReadonlyArray<ReadonlyArray<ReadonlyArray<unknown>>>,
  B,
  E,
  R,
  P = never
>(
  inputs: Inputs,
  build: (
    ...streams: { -readonly [I in keyof Inputs]: DStream.DStream<Inputs[I][number][number]> }
  ) => DStream.DStream<B, E, R>,
  options?: Options<P>
): Effect.Effect<ReadonlyArray<Batch<B>>, PipelineError<E>, Needs<R, P>> => {
  const length = Math.max(0, ...inputs.map((batches) => batches.length)) + (options?.runOn ?? 0)
  const scripts = inputs.map((batches, index) => new Script(`input ${index + 1}`, batches, length))
  const stream = build(...scripts.map((script) => partitioned(script, options?.partitions)) as any)
  return collect(stream, scripts, length, [], options, StateStore.layerMemory)
}

/**
 * `run` with stops: after each of `legs` batches the pipeline is stopped and started again, with the same clock and
 * with what it remembers, as JSON. The last leg takes the rest. What comes out is what `run` gives, but for the batch
 * ids, which begin again with each leg.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.runInLegs([[1, 2], [], [3], [4]], [1, 2], (input) =>
 *   DStream.scan(input, { name: "sum", state: Schema.Number, initial: 0, step: (sum, n) => [sum + n, sum + n] })))
 * output.map((batch) => batch.items) // => [[1, 3], [], [6], [10]]
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export const runInLegs = <A, B, E, R, P = never>(
  batches: ReadonlyArray<ReadonlyArray<A>>,
  legs: ReadonlyArray<number>,
  build: (input: DStream.DStream<A>) => DStream.DStream<B, E, R>,
  options?: Options<P>
): Effect.Effect<ReadonlyArray<Batch<B>>, PipelineError<E>, Needs<R, P>> =>
  inLegs(batches, legs.length === 0 ? [Infinity] : legs, build, options)

const inLegs = <A, B, E, R, P>(
  batches: ReadonlyArray<ReadonlyArray<A>>,
  legs: ReadonlyArray<number>,
  build: (input: DStream.DStream<A>) => DStream.DStream<B, E, R>,
  options: Options<P> | undefined
): Effect.Effect<ReadonlyArray<Batch<B>>, PipelineError<E>, Needs<R, P>> => {
  const length = batches.length + (options?.runOn ?? 0)
  const script = new Script("input", batches, length)
  const store = legs.length === 0 ? StateStore.layerMemory : virtual.jsonStore
  return collect(build(partitioned(script, options?.partitions)), [script], length, legs, options, store)
}

const partitioned = <A>({ stream }: Script<A>, count: number | undefined): DStream.DStream<A> =>
  count === undefined ? stream : DStream.repartition(stream, count)

const collect = <B, E, R, P>(
  stream: DStream.DStream<B, E, R>,
  scripts: ReadonlyArray<Script<unknown>>,
  length: number,
  legs: ReadonlyArray<number>,
  options: Options<P> | undefined,
  store: Layer.Layer<StateStore>
): Effect.Effect<ReadonlyArray<Batch<B>>, PipelineError<E>, Needs<R, P>> => {
  const { batchInterval = "1 second", layer, partitions: _partitions, runOn: _runOn, ...pipeline } = options ?? {}
  return virtual.onVirtualClock(runStream(stream, scripts, { batchInterval, pipeline, length, legs }), store, layer)
}

/**
 * Runs a pipeline under the test clock of the context and turns that clock for as long as the pipeline runs. Gives
 * `"Aborted"` when a `ScriptedReceiver` played `ABORT`: the run was let go of as it stood, and nothing of it was
 * drained, saved or released. Driving several times goes on with the same time and the same services.
 *
 * @category testing
 * @since 0.1.0
 */
export const drive = <E, R>(
  pipeline: Pipeline.Pipeline<E, R>,
  options?: {
    /** Stops after this many batches. Defaults to running to the end of all receivers. */
    readonly batches?: number | undefined
  }
): Effect.Effect<"Ended" | "Aborted", PipelineError<E>, R> =>
  virtual.drive(pipeline, { batches: options?.batches, expected: options?.batches ?? 0 })

/**
 * Provides a test clock that stands at 0 and a `StateStore` that keeps what was written as JSON, for one or several
 * `drive`s.
 *
 * ```ts import.meta.vitest
 * import { DStream, Pipeline } from "@millrace/core"
 * import { EOF, RecordingSink, ScriptedReceiver, TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const input = yield* ScriptedReceiver.make({ name: "input" }, [[1, 2], [3], EOF, [4]])
 *   const output = yield* RecordingSink.make<number>()
 *   const pipeline = Pipeline.make("sums", {
 *     batchInterval: "1 minute",
 *     outputs: [DStream.to(DStream.fromReceiver(input.receiver), "output", output.sink)]
 *   })
 *   yield* TestPipeline.drive(pipeline)
 *   return (yield* output.batches).map((batch) => [batch.time, batch.items])
 * })
 * await Effect.runPromise(TestPipeline.virtually(program)) // => [[60000, [1, 2]], [120000, [3]]]
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export const virtually = <A, E, R, P = never>(
  effect: Effect.Effect<A, E, R>,
  options?: { readonly layer?: Layer.Layer<P> | undefined }
): Effect.Effect<A, E, Needs<R, P>> => virtual.onVirtualClock(effect, virtual.jsonStore, options?.layer)
