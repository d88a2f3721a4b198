/** What the tests of the engine are made of: receivers that follow a script, sinks that remember. */
import { type Batch, DStream, Pipeline, type PipelineError, type PipelineEvent, Receiver } from "@millrace/core"
import { assert } from "@effect/vitest"
import { Cause, Data, type Duration, Effect, Exit, Fiber, Option, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"

/** What a scripted receiver does next: hand a block over, wait, fail, or (at the end of the script) end. */
export type Act<E = never> =
  | { readonly give: ReadonlyArray<unknown> }
  | { readonly wait: Duration.Input }
  | { readonly fail: E }
  | { readonly die: unknown }

/** Each opening of the receiver plays the next script; the last one is played again when there are more openings. */
export const scripted = <A, E = never>(
  name: string,
  scripts: ReadonlyArray<ReadonlyArray<Act<E>>>,
  options: Partial<Receiver.Options> & {
    readonly onAcknowledge?: (items: ReadonlyArray<unknown>) => void
    readonly onOpen?: (resumeAfter: Option.Option<number>) => void
    readonly onClose?: () => void
  } = {}
): Receiver.Receiver<A, E> => {
  let opened = 0
  return Receiver.make<A, A, number, E, Scope.Scope>({
    initialRate: Infinity,
    ...options,
    name,
    open: (resumeAfter) =>
      Effect.gen(function*() {
        options.onOpen?.(resumeAfter)
        yield* Effect.addFinalizer(() => Effect.sync(() => options.onClose?.()))
        const script = scripts[Math.min(opened++, scripts.length - 1)] ?? []
        let position = Option.getOrElse(resumeAfter, () => 0)
        const play = (act: Act<E>): Stream.Stream<Receiver.Block<A, number>, E> => {
          if ("wait" in act) return Stream.drain(Stream.fromEffect(Effect.sleep(act.wait)))
          if ("fail" in act) return Stream.fail(act.fail)
          if ("die" in act) return Stream.die(act.die)
          const items = act.give as ReadonlyArray<A>
          position += items.length
          return Stream.succeed({
            payload: items,
            records: items.length,
            bytes: items.length * 10,
            resumeAfter: position,
            acknowledge: Effect.sync(() => options.onAcknowledge?.(items))
          })
        }
        return Stream.fromIterable(script).pipe(Stream.rechunk(1), Stream.flatMap(play))
      })
  })
}

/** An output that keeps its batches. */
export const recording = <A, E, R>(stream: DStream.DStream<A, E, R>, name = "recorded") => {
  const batches: Array<Batch.Batch<A>> = []
  return { batches, output: DStream.foreachBatch(stream, name, (batch) => Effect.sync(() => batches.push(batch))) }
}

/** Runs a pipeline while virtual time passes, and gives its exit and all its events. */
export const runFor = <E, R>(
  pipeline: Pipeline.Pipeline<E, R>,
  time: Duration.Input,
  options?: Pipeline.RunOptions
): Effect.Effect<{
  readonly exit: Exit.Exit<boolean, PipelineError<E>>
  readonly events: ReadonlyArray<PipelineEvent>
  readonly metrics: Pipeline.PipelineMetrics
}, PipelineError<E>, Exclude<R, Scope.Scope>> =>
  Effect.scoped(Effect.gen(function*() {
    const running = yield* Pipeline.start(pipeline, options)
    const events = yield* Effect.forkChild(Stream.runCollect(running.events), { startImmediately: true })
    yield* TestClock.adjust(time)
    const stop = yield* Effect.forkChild(running.stop)
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(stop)
    const exit = yield* Effect.exit(running.awaitTermination())
    return { exit, events: yield* Fiber.join(events), metrics: yield* running.metrics }
  }))

/** The tags of events, in order. */
export const tags = (events: ReadonlyArray<PipelineEvent>): ReadonlyArray<string> => events.map((event) => event._tag)

/** A block of records, each counted as ten bytes. */
export const block = <A>(payload: ReadonlyArray<A>, more: Partial<Receiver.Block<A>> = {}): Receiver.Block<A> => ({
  payload,
  records: payload.length,
  bytes: payload.length * 10,
  ...more
})

/** A receiver of the blocks of a stream, one pulled after the other, at no limited rate. */
export const blocksOf = <A, E = never>(
  name: string,
  stream: Stream.Stream<Receiver.Block<A>, E>,
  options: Partial<Receiver.Options> = {}
): Receiver.Receiver<A, E> =>
  Receiver.make<A, A, never, E, Scope.Scope>({
    initialRate: Infinity,
    ...options,
    name,
    open: () => Effect.succeed(Stream.rechunk(stream, 1))
  })

/** An error that no restart helps. */
export class Fatal extends Data.TaggedError("Fatal")<{ readonly message: string }> {
  readonly isRetryable = false
}

/** Any pipeline by its outputs, with a batch every second where nothing else is said. */
export const pipelineOf = <E>(
  outputs: ReadonlyArray<DStream.Output<E>>,
  options: Partial<Pipeline.Options> & { readonly batchInterval?: Duration.Input } = {}
): Pipeline.Pipeline<E> => Pipeline.make("p", { batchInterval: "1 second", ...options, outputs })

/** The typed error that a run failed with; anything else fails the test. */
export const errorOf = <A, E>(exit: Exit.Exit<A, PipelineError<E>> | undefined): PipelineError<E> => {
  assert(exit !== undefined, "the pipeline goes on")
  assert(Exit.isFailure(exit), "the pipeline did not fail")
  const reason = exit.cause.reasons.find(Cause.isFailReason)
  assert(reason !== undefined, "the pipeline failed with a defect or an interruption")
  return reason.error
}

/** Lets whatever can go on without the passing of time go on. */
export const settle = Effect.repeat(Effect.yieldNow, { times: 100 })

/** What an effect has come to by now, without waiting for it: `undefined` while it goes on. */
export const nowOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Exit.Exit<A, E> | undefined, never, R> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* settle
    const exit = fiber.pollUnsafe()
    yield* Effect.forkDetach(Fiber.interrupt(fiber))
    return exit
  })
