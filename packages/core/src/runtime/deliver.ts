/** The results of a batch into their sinks. */
import type * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { effectOf } from "../dstream/effectOf.ts"
import type { Writer } from "../dstream/BatchSink.ts"
import type { Plan, PlanOutput } from "../plan/Plan.ts"
import { errorText } from "./errorText.ts"
import { type Observer, publish, traced } from "./Observer.ts"
import { type BatchRef, PipelineError } from "./PipelineError.ts"
import * as policies from "./policies.ts"
import { isRetryable } from "./retryable.ts"
import { againIn, tries } from "./tries.ts"
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
  const one = (entry: OpenOutput, batch: BatchRef, slots: Slots) => {
    const segments = slots[entry.output.input]
    return segments === undefined
      ? Effect.void
      : deliverOne(plan, entry, batch, flatten(segments, plan.settings), clock, observer)
  }
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
      effectOf(output.sink.open({ pipeline: plan.pipeline, output: output.name, epoch: memoryOnlyEpoch }))
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
    const isRead = observer.readers > 0
    const startedAt = isRead ? clock.monotonicTimeNanosUnsafe() : 0n
    let attempts = 1
    publish(observer, { _tag: "OutputStarted", pipeline, batch: ref, output: output.name, records: items.length })
    const commit = retrying(plan, Effect.suspend(() => effectOf(writer.commit({ ...ref, items: items as ReadonlyArray<never> }))), {
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
      if (!isRead) return
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

/**
 * Tries until it succeeds, the error says it never will, or the policy ends; nothing extra is paid on success. An
 * interruption that gets here came from inside the effect, since that of the fiber itself passes by: it is a failure.
 */
const retrying = <A, R>(
  plan: Plan,
  effect: Effect.Effect<A, unknown, R>,
  options: Retrying
): Effect.Effect<A, PipelineError<unknown>, R> =>
  Effect.catchCause(effect, (first) =>
    Effect.flatMap(
        tries(plan.settings.retry ?? policies.retry),
        Effect.fnUntraced(function*(next) {
          let cause = first
          for (let attempt = 1;; attempt++) {
            const delay = isRetryable(cause) ? yield* next(cause) : Option.none()
            options.onFailure(cause, attempt, Option.isSome(delay))
            yield* Effect.logWarning(
              `Output ${JSON.stringify(options.output)} of pipeline ${JSON.stringify(plan.pipeline)} failed, ` +
                `try ${attempt}, ${againIn(delay)}: ${errorText(cause)}`
            )
            if (Option.isNone(delay)) {
              return yield* PipelineError.of(plan.pipeline, {
                _tag: "OutputFailed",
                batch: options.batch,
                output: options.output,
                attempts: attempt,
                cause
              })
            }
            yield* Effect.sleep(delay.value)
            const exit = yield* Effect.exit(effect)
            if (exit._tag === "Success") return exit.value
            cause = exit.cause
          }
        })
    ))
