/**
 * The pipelines that run in an app, by name.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Pipeline } from "../dstream/Pipeline.ts"
import type { PipelineError } from "./PipelineError.ts"
import type { RunningPipeline } from "./RunningPipeline.ts"
import { type RunOptions, start } from "./start.ts"

/**
 * A pipeline of that name runs already.
 *
 * @category errors
 * @since 0.1.0
 */
export class AlreadyRunning extends Data.TaggedError("AlreadyRunning")<{ readonly pipeline: string }> {
  override get message(): string {
    return `Pipeline ${JSON.stringify(this.pipeline)} runs already. Find it with Pipelines.find, or replace it`
  }
}

interface Entry {
  readonly running: RunningPipeline<unknown>
  readonly scope: Scope.Closeable
}

/**
 * Lists what runs, finds it by name, stops it and puts another in its place; Spark's `getActiveOrCreate`. What was
 * started here runs until it ends, is stopped, or the layer closes, which drains it.
 *
 * ```ts import.meta.vitest
 * import { DStream, Pipeline, Pipelines } from "@millrace/core"
 * import { Effect } from "effect"
 *
 * const words = DStream.fromIterable({ name: "words" }, ["to", "be"])
 * const output = DStream.foreachBatch(words, "seen", () => Effect.void)
 * const pipeline = Pipeline.make("words", { batchInterval: "20 millis", outputs: [output] })
 * const names = await Effect.runPromise(Effect.gen(function*() {
 *   const pipelines = yield* Pipelines
 *   yield* pipelines.start(pipeline)
 *   return (yield* pipelines.list).map((running) => running.name)
 * }).pipe(Effect.provide(Pipelines.layer)))
 * names // => ["words"]
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Pipelines extends Context.Service<Pipelines, {
  /** What runs now, in the order in which it was started. */
  readonly list: Effect.Effect<ReadonlyArray<RunningPipeline<unknown>>>
  readonly find: (name: string) => Effect.Effect<Option.Option<RunningPipeline<unknown>>>
  readonly start: <E, R>(
    pipeline: Pipeline<E, R>,
    options?: RunOptions
  ) => Effect.Effect<RunningPipeline<E>, PipelineError<E> | AlreadyRunning, R>
  /** Stops and drains what runs under the pipeline's name, if anything does, and starts the pipeline in its place. */
  readonly replace: <E, R>(
    pipeline: Pipeline<E, R>,
    options?: RunOptions
  ) => Effect.Effect<RunningPipeline<E>, PipelineError<E>, R>
  /** Stops and drains. Whether there was anything to stop. */
  readonly stop: (name: string) => Effect.Effect<boolean>
}>()("@millrace/core/runtime/Pipelines") {
  static readonly layer: Layer.Layer<Pipelines> = Layer.effect(
    Pipelines,
    Effect.map(Effect.scope, (outer) => {
      const entries = new Map<string, Entry>()
      // One change at a time, so that of two starts under one name one is refused.
      const change = Semaphore.makeUnsafe(1)

      const begin = <E, R>(pipeline: Pipeline<E, R>, options: RunOptions | undefined) =>
        Effect.uninterruptible(Effect.gen(function*() {
          const scope = yield* Scope.fork(outer)
          const running = yield* Effect.onError(
            Scope.provide(start(pipeline, options), scope),
            (cause) => Scope.close(scope, Exit.failCause(cause))
          )
          const entry: Entry = { running, scope }
          entries.set(pipeline.name, entry)
          yield* Effect.forkIn(
            Effect.andThen(
              Effect.exit(running.awaitTermination()),
              Effect.suspend(() => {
                if (entries.get(pipeline.name) === entry) entries.delete(pipeline.name)
                return Scope.close(scope, Exit.void)
              })
            ),
            outer
          )
          return running
        }))

      const end = (name: string) =>
        Effect.suspend(() => {
          const entry = entries.get(name)
          if (entry === undefined) return Effect.succeed(false)
          return Effect.as(
            Effect.andThen(entry.running.stop, Effect.sync(() => entries.delete(name))),
            true
          )
        })

      return Pipelines.of({
        list: Effect.sync(() => Array.from(entries.values(), ({ running }) => running)),
        find: (name) => Effect.sync(() => Option.fromUndefinedOr(entries.get(name)?.running)),
        start: (pipeline, options) =>
          change.withPermit(Effect.gen(function*() {
            if (entries.has(pipeline.name)) return yield* new AlreadyRunning({ pipeline: pipeline.name })
            return yield* begin(pipeline, options)
          })),
        replace: (pipeline, options) =>
          change.withPermit(Effect.andThen(end(pipeline.name), Effect.suspend(() => begin(pipeline, options)))),
        stop: (name) => change.withPermit(end(name))
      })
    })
  )
}
