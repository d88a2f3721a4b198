/** What the tests of the engine are made of: receivers that follow a script, sinks that remember. */
import { type Batch, DStream, Pipeline, type PipelineError, type PipelineEvent, Receiver } from "@millrace/core"
import { type Duration, Effect, type Exit, Fiber, Option, type Scope, Stream } from "effect"
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
