/**
 * Runs streams through the production engine on a virtual clock.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import type { Batch } from "../batch/Batch.ts"
import * as DStream from "../DStream.ts"
import * as Pipeline from "../Pipeline.ts"
import * as Receiver from "../Receiver.ts"
import type { PipelineError } from "../runtime/PipelineError.ts"
import { StateStore } from "../store/StateStore.ts"

/**
 * How a test run differs from the defaults.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends Pipeline.Options {
  /** Defaults to one second; the first batch time is one interval. */
  readonly batchInterval?: Duration.Input | undefined
  /** How many batches to run on, with empty input, after the input has ended. Defaults to 0. */
  readonly runOn?: number | undefined
}

/** A run that needs this many more intervals than it has batches is not going to end. */
const patience = 10_000

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
export const run = <A, B, E, R>(
  batches: ReadonlyArray<ReadonlyArray<A>>,
  build: (input: DStream.DStream<A>) => DStream.DStream<B, E, R>,
  options?: Options
): Effect.Effect<ReadonlyArray<Batch<B>>, PipelineError<E>, Exclude<R, StateStore>> =>
  collect(build(scripted("input", batches, options?.runOn ?? 0)), batches.length, options ?? {})

/**
 * `run` with several inputs: each gives its own batch at every batch time, an empty one when it has no more.
 *
 * @category testing
 * @since 0.1.0
 */
export const runMany = <const Inputs extends ReadonlyArray<ReadonlyArray<ReadonlyArray<unknown>>>, B, E, R>(
  inputs: Inputs,
  build: (
    ...streams: { -readonly [I in keyof Inputs]: DStream.DStream<Inputs[I][number][number]> }
  ) => DStream.DStream<B, E, R>,
  options?: Options
): Effect.Effect<ReadonlyArray<Batch<B>>, PipelineError<E>, Exclude<R, StateStore>> => {
  const longest = Math.max(0, ...inputs.map((batches) => batches.length))
  const streams = inputs.map((batches, index) =>
    scripted(`input ${index + 1}`, batches, longest - batches.length + (options?.runOn ?? 0))
  )
  return collect(build(...streams as any), longest, options ?? {})
}

const scripted = <A>(name: string, batches: ReadonlyArray<ReadonlyArray<A>>, runOn: number): DStream.DStream<A> =>
  DStream.fromReceiver(Receiver.perBatch<A>({
    name,
    initialRate: Infinity,
    open: () =>
      Effect.sync(() => {
        let next = 0
        return () =>
          Effect.sync(() => {
            if (next >= batches.length + runOn) return Option.none()
            const payload = batches[next++] ?? []
            return Option.some({ payload, records: payload.length, bytes: 0 })
          })
      })
  }))

const collect = <B, E, R>(
  stream: DStream.DStream<B, E, R>,
  batches: number,
  options: Options
): Effect.Effect<ReadonlyArray<Batch<B>>, PipelineError<E>, Exclude<R, StateStore>> => {
  const { batchInterval = "1 second", runOn: _, ...rest } = options
  const collected: Array<Batch<B>> = []
  const output = DStream.foreachBatch(stream, "collected", (batch) => Effect.sync(() => collected.push(batch)))
  const pipeline = Pipeline.make("test", { freezeBatches: true, ...rest, batchInterval, outputs: [output] })
  const virtual = Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Pipeline.run(pipeline), { startImmediately: true })
    yield* TestClock.adjust(Duration.times(Duration.fromInputUnsafe(batchInterval), batches + (options.runOn ?? 0)))
    for (let idle = 0; fiber.pollUnsafe() === undefined; idle++) {
      if (idle > collected.length + patience) return yield* Effect.die(new Error("The pipeline did not end"))
      yield* TestClock.adjust(batchInterval)
    }
    return yield* Fiber.join(fiber)
  })
  const provided = virtual.pipe(
    // Only what goes wrong is worth a line in the output of a test.
    Effect.provideService(References.MinimumLogLevel, "Warn"),
    Effect.provide(StateStore.layerMemory),
    Effect.provide(TestClock.layer())
  )
  return Effect.as(provided, collected) as Effect.Effect<
    ReadonlyArray<Batch<B>>,
    PipelineError<E>,
    Exclude<R, StateStore>
  >
}
