/** The results of a batch into their sinks. */
import type * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { BatchId } from "../batch/Batch.ts"
import type { BatchTime } from "../batch/BatchTime.ts"
import { effectOf } from "../dstream/effectOf.ts"
import type { Writer } from "../dstream/BatchSink.ts"
import type { Plan, PlanOutput } from "../plan/Plan.ts"
import { DeadLetters } from "../store/DeadLetters.ts"
import { CommitTimedOut } from "./CommitTimedOut.ts"
import { errorText } from "./errorText.ts"
import { lettersOf } from "./lettersOf.ts"
import { type Observer, publish, traced } from "./Observer.ts"
import { type BatchRef, PipelineError } from "./PipelineError.ts"
import * as policies from "./policies.ts"
import { isRetryable } from "./retryable.ts"
import { againIn, tries } from "./tries.ts"
import { flatten, type Slots } from "./Turn.ts"

interface OpenOutput {
  readonly index: number
  readonly output: PlanOutput
  readonly writer: Writer<never, unknown, any>
  readonly timeoutMillis: number
  /** The newest batch that its sink had when it was opened, where the sink knows. */
  readonly lastCommitted: BatchId | undefined
}

/** The outputs of a run, open. */
export interface Deliverer {
  readonly outputs: ReadonlyArray<{ readonly name: string; readonly lastCommitted: BatchId | undefined }>
  /** A batch to every output that the slots have something for. */
  readonly deliver: (batch: BatchRef, slots: Slots) => Effect.Effect<void, PipelineError<unknown>, any>
  /** The newest batch time, not later than `until`, that any sink knows; 0 for none. */
  readonly lastTime: (until: BatchTime) => Effect.Effect<BatchTime, PipelineError<unknown>, any>
  /** Items to one output. */
  readonly deliverTo: (
    output: string,
    batch: BatchRef,
    items: ReadonlyArray<unknown>
  ) => Effect.Effect<void, PipelineError<unknown>, any>
}

/** Opens every sink under the epoch, in the scope of the run, which shuts out those of older epochs. */
export const makeDeliverer = Effect.fnUntraced(function*(
  plan: Plan,
  epoch: number,
  /** How long one try to commit may take; `Infinity`: as long as it likes, and nothing is paid for looking. */
  timeoutMillis: number,
  clock: Clock.Clock,
  observer: Observer
) {
  const open: Array<OpenOutput> = []
  for (const [index, output] of plan.outputs.entries()) {
    open.push({ index, output, timeoutMillis, ...(yield* openSink(plan, output, index, epoch, observer)) })
  }
  const one = (entry: OpenOutput, batch: BatchRef, slots: Slots) => {
    const segments = slots[entry.output.input]
    return segments === undefined
      ? Effect.void
      : deliverOne(plan, entry, batch, flatten(segments, plan.settings), clock, observer)
  }
  const concurrency = plan.settings.outputConcurrency
  const deliverer: Deliverer = {
    outputs: open.map(({ lastCommitted, output }) => ({ name: output.name, lastCommitted })),
    deliver: (batch, slots) => {
      const only = open.length === 1 ? open[0] : undefined
      return only !== undefined
        ? one(only, batch, slots)
        : Effect.forEach(open, (entry) => one(entry, batch, slots), { concurrency, discard: true })
    },
    lastTime: (until) =>
      Effect.map(
        Effect.forEach(open, ({ index, output, writer }) =>
          writer.lastTime === undefined
            ? Effect.succeed(0)
            : retrying(plan, Effect.map(effectOf(writer.lastTime(until)), Option.getOrElse(() => 0)), {
              output: output.name,
              batch: undefined,
              onFailure: () => observer.metrics.outputFailed(index)
            })),
        (times) => Math.max(0, ...times)
      ),
    deliverTo: (name, batch, items) => {
      const entry = open.find(({ output }) => output.name === name)
      if (entry === undefined) return Effect.void
      const again = deliverOne(plan, entry, batch, items, clock, observer)
      return entry.output.onError === undefined ? again : unlessSetAside(plan, name, batch, again)
    }
  }
  return deliverer
})

const openSink = (
  plan: Plan,
  output: PlanOutput,
  index: number,
  epoch: number,
  observer: Observer
): Effect.Effect<Pick<OpenOutput, "writer" | "lastCommitted">, PipelineError<unknown>, any | Scope.Scope> =>
  retrying(
    plan,
    Effect.suspend(() => effectOf(output.sink.open({ pipeline: plan.pipeline, output: output.name, epoch }))).pipe(
      Effect.flatMap((writer: Writer<never, unknown, any>) =>
        Effect.map(effectOf(writer.lastCommitted), (last) => ({ writer, lastCommitted: Option.getOrUndefined(last) }))
      )
    ),
    { output: output.name, batch: undefined, onFailure: () => observer.metrics.outputFailed(index) }
  )

const deliverOne = (
  plan: Plan,
  { index, output, timeoutMillis, writer }: OpenOutput,
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
    let isUnknown = false
    const timedOut = () => {
      isUnknown = true
    }
    publish(observer, { _tag: "OutputStarted", pipeline, batch: ref, output: output.name, records: items.length })
    const tried = Effect.suspend(() => effectOf(writer.commit({ ...ref, items: items as ReadonlyArray<never> })))
    const committed = retrying(plan, timeoutMillis === Infinity ? tried : inTime(tried, output.name, timeoutMillis, timedOut), {
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
    let written = items.length
    const commit = output.onError === undefined
      ? committed
      : Effect.catch(committed, (failure) => {
        // Some try may have had its effect, or have it yet: as dead letters its items would be there twice.
        if (isUnknown) return Effect.fail(failure)
        written = 0
        return setAside(plan, output.name, ref, items, failure, observer)
      })
    return Effect.map(traced(observer, `millrace.output ${output.name}`, commit), () => {
      observer.metrics.written(index, written)
      if (!isRead) return
      publish(observer, {
        _tag: "OutputCompleted",
        pipeline,
        batch: ref,
        output: output.name,
        records: written,
        attempts,
        durationMillis: Number(clock.monotonicTimeNanosUnsafe() - startedAt) / 1e6
      })
    })
  })

/** A try that was interrupted may have had its effect: the sink finds out when the batch comes again. */
const inTime = <E, R>(
  commit: Effect.Effect<void, E, R>,
  output: string,
  timeoutMillis: number,
  timedOut: () => void
) =>
  Effect.timeoutOrElse(commit, {
    duration: timeoutMillis,
    orElse: () => {
      timedOut()
      return Effect.fail(new CommitTimedOut({ output, timeoutMillis }))
    }
  })

/** Once for good: the letters of a batch that were written before are not written again. */
const setAside = (
  plan: Plan,
  output: string,
  batch: BatchRef,
  items: ReadonlyArray<unknown>,
  failure: PipelineError<unknown>,
  { metrics }: Observer
): Effect.Effect<void, PipelineError<unknown>, DeadLetters> => {
  const letters = lettersOf(plan.pipeline, output, batch, items, failure)
  if (letters === undefined) return Effect.fail(failure)
  const write = DeadLetters.use((service) => service.write(plan.pipeline, batch.id, output, letters))
  return retrying(plan, write, { output, batch, onFailure: () => {} }).pipe(
    Effect.andThen(Effect.sync(() => metrics.recordsBuried("output", output, letters.length))),
    Effect.andThen(Effect.logWarning(
      `Output ${JSON.stringify(output)} of pipeline ${JSON.stringify(plan.pipeline)} refused batch ${batch.id} for good: ` +
        `its ${letters.length} items became dead letters`
    ))
  )
}

/** After a crash: a sink is not asked again for a batch that was set aside before it. */
const unlessSetAside = (
  plan: Plan,
  output: string,
  batch: BatchRef,
  again: Effect.Effect<void, PipelineError<unknown>, any>
): Effect.Effect<void, PipelineError<unknown>, any> =>
  Effect.flatMap(
    retrying(plan, DeadLetters.use((service) => service.has(plan.pipeline, batch.id, output)), {
      output,
      batch,
      onFailure: () => {}
    }),
    (isSetAside) => isSetAside ? Effect.void : again
  )

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
