/** The results of a batch into their sinks. */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Writer } from "../dstream/BatchSink.ts"
import type { Plan, PlanOutput } from "../plan/Plan.ts"
import { errorText } from "./errorText.ts"
import { type Observer, publish, traced } from "./Observer.ts"
import { type BatchRef, PipelineError } from "./PipelineError.ts"
import * as policies from "./policies.ts"
import { isRetryable } from "./retryable.ts"
import { tries } from "./tries.ts"
import { flatten, type Slots } from "./Turn.ts"

type OpenOutput = {
  readonly index: number
  readonly output: PlanOutput
  readonly writer: Writer<never, unknown, any>
}

/** The first and only start of a run that remembers nothing. */
const memoryOnlyEpoch = 1

/** Opens every sink, in the scope of the run, and gives what delivers a batch to them. */
export const makeDeliverer = Effect.fnUntraced(function*(plan: Plan, clock: Clock.Clock, observer: Observer) {
  const open: Array<OpenOutput> = []
  for (const [index, output] of plan.outputs.entries()) {
    open.push({ index, output, writer: yield* openSink(plan, output, index, observer) })
  }
  const one = (entry: OpenOutput, batch: BatchRef, slots: Slots) =>
    deliverOne(plan, entry, batch, flatten(slots[entry.output.input] ?? [], plan.settings), clock, observer)
  const concurrency = plan.settings.outputConcurrency
  return (batch: BatchRef, slots: Slots): Effect.Effect<void, PipelineError<unknown>, any> => {
    const only = open.length === 1 ? open[0] : undefined
    return only !== undefined
      ? one(only, batch, slots)
      : Effect.forEach(open, (entry) => one(entry, batch, slots), { concurrency, discard: true })
  }
})

const openSink = (
  plan: Plan,
  output: PlanOutput,
  index: number,
  observer: Observer
): Effect.Effect<Writer<never, unknown, any>, PipelineError<unknown>, any | Scope.Scope> =>
  retrying(
    plan,
    Effect.suspend(() =>
      output.sink.open({ pipeline: plan.pipeline, output: output.name, epoch: memoryOnlyEpoch })
    ),
    { output: output.name, batch: undefined, onFailure: () => observer.metrics.outputFailed(index) }
  )

const deliverOne = (
  plan: Plan,
  { index, output, writer }: OpenOutput,
  batch: BatchRef,
  items: ReadonlyArray<unknown>,
  clock: Clock.Clock,
  observer: Observer
): Effect.Effect<void, PipelineError<unknown>, any> =>
  Effect.suspend(() => {
    const { pipeline } = observer
    const ref = { id: batch.id, time: batch.time }
    const startedAt = clock.monotonicTimeNanosUnsafe()
    let attempts = 1
    publish(observer, { _tag: "OutputStarted", pipeline, batch: ref, output: output.name, records: items.length })
    const commit = retrying(plan, Effect.suspend(() => writer.commit({ ...ref, items: items as ReadonlyArray<never> })), {
      output: output.name,
      batch: ref,
      onFailure: (cause, attempt, willRetry) => {
        attempts = attempt + 1
        observer.metrics.outputFailed(index)
        publish(observer, {
          _tag: "OutputFailed",
          pipeline,
          batch: ref,
          output: output.name,
          attempt,
          willRetry,
          error: errorText(cause)
        })
      }
    })
    return Effect.map(traced(observer, `millrace.output ${output.name}`, commit), () => {
      observer.metrics.written(index, items.length)
      publish(observer, {
        _tag: "OutputCompleted",
        pipeline,
        batch: ref,
        output: output.name,
        records: items.length,
        attempts,
        durationMillis: Number(clock.monotonicTimeNanosUnsafe() - startedAt) / 1e6
      })
    })
  })

interface Retrying {
  readonly output: string
  readonly batch: BatchRef | undefined
  readonly onFailure: (cause: Cause.Cause<unknown>, attempt: number, willRetry: boolean) => void
}

/** Tries until it succeeds, the error says it never will, or the policy ends; nothing extra is paid on success. */
const retrying = <A, R>(
  plan: Plan,
  effect: Effect.Effect<A, unknown, R>,
  options: Retrying
): Effect.Effect<A, PipelineError<unknown>, R> =>
  Effect.catchCause(effect, (first) =>
    Cause.hasInterruptsOnly(first)
      ? Effect.failCause(Cause.interrupt())
      : Effect.flatMap(
        tries(plan.settings.retry ?? policies.retry),
        Effect.fnUntraced(function*(next) {
          let cause = first
          for (let attempt = 1;; attempt++) {
            const mayRetry = isRetryable(cause)
            options.onFailure(cause, attempt, mayRetry)
            yield* Effect.logWarning(
              `Output ${JSON.stringify(options.output)} of pipeline ${JSON.stringify(plan.pipeline)} failed, ` +
                `try ${attempt}${mayRetry ? "" : ", and may not be tried again"}: ${errorText(cause)}`
            )
            if (!mayRetry || !(yield* next(cause))) {
              return yield* PipelineError.of(plan.pipeline, {
                _tag: "OutputFailed",
                batch: options.batch,
                output: options.output,
                attempts: attempt,
                cause
              })
            }
            const exit = yield* Effect.exit(effect)
            if (exit._tag === "Success") return exit.value
            if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
            cause = exit.cause
          }
        })
      ))
