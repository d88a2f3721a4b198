/** From a description to a running pipeline, and the ways to run one. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import type { Output } from "../dstream/Node.ts"
import type { Pipeline } from "../dstream/Pipeline.ts"
import type { Receiver } from "../dstream/Receiver.ts"
import { compile } from "../plan/compile.ts"
import { withCrashes } from "../plan/deadLetters.ts"
import { InvalidPipeline } from "../plan/InvalidPipeline.ts"
import type { Plan } from "../plan/Plan.ts"
import { defaultInitialRate } from "../plan/Settings.ts"
import { CheckpointStore } from "../store/CheckpointStore.ts"
import { DeadLetters } from "../store/DeadLetters.ts"
import { Boundaries } from "./Boundaries.ts"
import { heapLimit } from "./heapLimit.ts"
import { Inbox } from "./Inbox.ts"
import { Intake } from "./Intake.ts"
import { Kept } from "./Kept.ts"
import { PipelineMetrics } from "./metrics.ts"
import { eventCapacity, type Observer, publish } from "./Observer.ts"
import { lastWord } from "./lastWord.ts"
import { Pacer } from "./Pacer.ts"
import { PipelineError } from "./PipelineError.ts"
import type { PipelineEvent } from "./PipelineEvent.ts"
import * as RateLimit from "./RateLimit.ts"
import { isTracing, run } from "./run.ts"
import type { Run } from "./RunContext.ts"
import { whileJournalFails } from "./whileJournalFails.ts"
import { close, finish, logUnseen, makeHandle } from "./handle.ts"
import type { RunningPipeline } from "./RunningPipeline.ts"
import * as RunStatus from "./RunStatus.ts"

/**
 * Options of one run.
 *
 * @category options
 * @since 0.1.0
 */
export interface RunOptions {
  /** Ends after this many batches; the last one holds all that was received. Defaults to no end. */
  readonly batches?: number | undefined
}

/**
 * Starts a pipeline in the background of the current scope, which stops and drains it when it closes.
 *
 * @category running
 * @since 0.1.0
 */
export const start = <E, R>(
  pipeline: Pipeline<E, R>,
  options?: RunOptions
): Effect.Effect<RunningPipeline<E>, PipelineError<E>, R | Scope.Scope> =>
  Effect.uninterruptible(Effect.gen(function*() {
    const plan = yield* compiled(pipeline, options?.batches)
    const self = yield* makeRun(plan, pipeline.outputs, options ?? {})
    const ended = yield* Deferred.make<void, PipelineError<unknown>>()
    const attempt: Effect.Effect<void, PipelineError<unknown>, R> = Effect.flatMap(Scope.make(), (scope) =>
      Effect.flatMap(
        Effect.exit(Scope.provide(Effect.interruptible(run(self)), scope)),
        (exit) => close(self, scope, exit)
      ))
    // Whoever claimed the pipeline after this run did has shut it out: it may not do the same in return.
    const peaceful: Plan = { ...plan, settings: { ...plan.settings, takeover: false } }
    const fresh = Effect.suspend(() =>
      Effect.map(
        makeRun(self.hasClaimed ? peaceful : plan, pipeline.outputs, options ?? {}, self),
        (next) => void Object.assign(self, next)
      ))
    const body: typeof attempt = Effect.tapError(whileJournalFails(self, attempt, fresh), (error) => lastWord(self, error))
    const fiber = yield* Effect.forkDetach(Effect.onExit(body, (exit) => finish(self, exit, ended)))
    const handle = makeHandle<E>(self, fiber, ended)
    yield* Effect.addFinalizer(() => Effect.andThen(handle.stop, logUnseen(self, ended)))
    return handle
  }))

const compiled = <E, R>(
  pipeline: Pipeline<E, R>,
  batches: number | undefined
): Effect.Effect<Plan, PipelineError<E>> => {
  const result = Result.flatMap(compile(pipeline), (plan) =>
    batches === undefined || Number.isSafeInteger(batches) && batches > 0
      ? Result.succeed(plan)
      : Result.fail(badBatches(pipeline.name, batches)))
  return Result.isSuccess(result)
    ? Effect.map(Effect.context<never>(), (context) => mayIsolate(context) ? withCrashes(result.success) : result.success)
    : Effect.fail(PipelineError.of<E>(pipeline.name, result.failure))
}

/** What ends the process is set aside where there is a place for it, and a journal that tells. */
const mayIsolate = (context: Context.Context<never>): boolean =>
  Option.isSome(Context.getOption(context, DeadLetters)) && Option.isSome(Context.getOption(context, CheckpointStore))

const badBatches = (pipeline: string, batches: number): InvalidPipeline =>
  new InvalidPipeline({
    pipeline,
    problems: [{
      _tag: "BadSetting",
      setting: "batches",
      receiver: undefined,
      problem: `${batches} is not a positive whole number`
    }]
  })

/** A quarter of what the heap may hold, and never more than this, unless the user says so. */
const bufferBytes = 256 * 1024 * 1024

/** A run under a new epoch keeps the events, metrics, counts and delivered batches of the one `before`, and its end. */
const makeRun = Effect.fnUntraced(function*(
  plan: Plan,
  outputs: ReadonlyArray<Output<unknown, unknown>>,
  options: RunOptions,
  before?: Pick<Run, "observer" | "status" | "kept" | "lastBatch" | "stopping" | "seen" | "hasClaimed">
) {
  const { settings } = plan
  const clock = yield* Clock.Clock
  const context = yield* Effect.context<never>()
  const receivers = plan.stages.flatMap((stage) => stage._tag === "Receive" ? [stage.receiver] : [])
  const names = receivers.map((receiver) => receiver.name)
  const observer: Observer = before?.observer ?? {
    pipeline: plan.pipeline,
    events: yield* PubSub.sliding<PipelineEvent>(eventCapacity),
    readers: 0,
    metrics: new PipelineMetrics(plan.pipeline, names, plan.outputs.map((output) => output.name), context),
    tracing: yield* isTracing
  }
  const inbox: Inbox = new Inbox({
    lanes: receivers.length,
    maxRecords: settings.bufferRecords,
    maxBytes: settings.bufferBytes ?? Math.min(bufferBytes, Option.getOrElse(heapLimit(), () => Infinity) / 4),
    onFull: (lane) => {
      observer.metrics.bufferFull()
      publish(observer, {
        _tag: "BufferFull",
        pipeline: plan.pipeline,
        records: inbox.records,
        bytes: inbox.bytes,
        receiver: names[lane] ?? ""
      })
    }
  })
  const self: Run = {
    plan,
    outputs,
    kept: before?.kept ?? new Kept(settings.rememberMillis),
    clock,
    boundaries: new Boundaries(settings.batchIntervalMillis, clock),
    inbox,
    intakes: receivers.map((receiver, lane) => makeIntake(plan, receiver, lane, clock)),
    observer,
    status: before?.status ?? RunStatus.make(),
    batches: options.batches ?? Infinity,
    lastBatch: before?.lastBatch,
    isAgain: before?.hasClaimed === true,
    hasClaimed: before?.hasClaimed === true,
    receivers: [],
    stopping: before?.stopping ?? false,
    seen: before?.seen ?? false,
    warnedFull: false,
    fullDisk: () => undefined,
    failure: undefined,
    sleeper: undefined
  }
  return self
})

const makeIntake = (plan: Plan, receiver: Receiver<unknown, unknown, any>, lane: number, clock: Clock.Clock): Intake => {
  const { settings } = plan
  const limit = Result.getOrThrow(RateLimit.make({
    batchIntervalMillis: settings.batchIntervalMillis,
    initialRate: receiver.initialRate ?? settings.initialRate ?? receiver.defaultInitialRate ?? defaultInitialRate,
    maxRate: receiver.maxRate ?? settings.maxRate,
    backpressure: settings.backpressure
  }))
  return new Intake(lane, receiver, new Pacer(limit.rate, clock), limit)
}
