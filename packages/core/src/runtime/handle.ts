/** What a started pipeline can be asked and told. */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import { errorText } from "./errorText.ts"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { PipelineError } from "./PipelineError.ts"
import type { PipelineEvent } from "./PipelineEvent.ts"
import { stopReceiving } from "./run.ts"
import type { Run } from "./RunContext.ts"
import { slice } from "./slice.ts"
import type { PipelineMetrics, RunningPipeline } from "./RunningPipeline.ts"

type Ended = Deferred.Deferred<void, PipelineError<any>>

export const makeHandle = <E>(self: Run, fiber: Fiber.Fiber<unknown, unknown>, ended: Ended): RunningPipeline<E> => ({
  name: self.plan.pipeline,
  stop: stop(self, fiber, ended),
  awaitTermination: (timeout) => {
    const end = Effect.as(Effect.tapCause(Deferred.await(ended), () =>
      Effect.sync(() => {
        self.seen = true
      })), true)
    return timeout === undefined
      ? end
      : Effect.map(Effect.timeoutOption(end, timeout), Option.isSome)
  },
  events: eventsOf(self),
  metrics: Effect.sync(() => metricsOf(self)),
  slice: (stream, interval) => slice(self, stream, interval)
})

/** A reader counts from before it subscribes until after it has left. */
const eventsOf = ({ observer }: Run): Stream.Stream<PipelineEvent> => {
  const counted = Effect.acquireRelease(
    Effect.sync(() => {
      observer.readers++
    }),
    () =>
      Effect.sync(() => {
        observer.readers--
      })
  )
  return Stream.unwrap(Effect.as(
    counted,
    Stream.takeUntil(Stream.fromPubSub(observer.events), (event) => event._tag === "PipelineStopped")
  ))
}

/** How long what was interrupted after a drain timeout may take to let go. */
const graceMillis = 1000

/**
 * Closes what a run opened. Finalizers that take longer than a drain may are left behind, so that a run that has ended
 * says so.
 */
export const close = (
  self: Run,
  scope: Scope.Closeable,
  exit: Exit.Exit<void, PipelineError<unknown>>
): Effect.Effect<void, PipelineError<unknown>> =>
  Effect.flatMap(Effect.forkDetach(Scope.close(scope, exit), { startImmediately: true }), (fiber) =>
    Effect.flatMap(
      Effect.timeoutOption(
        Effect.interruptible(Fiber.await(fiber)),
        Duration.millis(self.plan.settings.drainTimeoutMillis)
      ),
      (closed) => Exit.isFailure(exit) ? exit : Option.getOrElse(closed, () => Exit.fail(drainTimedOut(self)))
    ))

/** The end of a run, told once. */
export const finish = (self: Run, exit: Exit.Exit<void, PipelineError<unknown>>, ended: Ended): Effect.Effect<void> =>
  Effect.suspend(() => {
    // What the loop itself failed with tells more than a receiver that was lost before.
    const known = Exit.isFailure(exit) && !exit.cause.reasons.some(Cause.isFailReason) ? self.failure : undefined
    const outcome = known === undefined ? exit : Exit.fail(known)
    const failed = Exit.isFailure(outcome)
    return PubSub.end(self.observer.events, {
      _tag: "PipelineStopped",
      pipeline: self.plan.pipeline,
      why: failed ? "failed" : self.stopping ? "stopped" : "ended",
      ...(failed ? { error: errorText(outcome.cause) } : {})
    }).pipe(Effect.andThen(Deferred.done(ended, outcome)), Effect.asVoid)
  })

const stop = (self: Run, fiber: Fiber.Fiber<unknown, unknown>, ended: Ended): Effect.Effect<void> => {
  const { drainTimeoutMillis } = self.plan.settings
  const drained = Effect.suspend(() =>
    Deferred.isDoneUnsafe(ended) ? Effect.void : Effect.andThen(stopReceiving(self), Effect.exit(Deferred.await(ended))))
  return Effect.flatMap(
    Effect.timeoutOption(Effect.interruptible(drained), Duration.millis(drainTimeoutMillis)),
    (exit) => {
      if (Option.isSome(exit)) return Effect.void
      const failure = self.failure ??= drainTimedOut(self)
      fiber.interruptUnsafe()
      // What does not let itself be interrupted, or a finalizer that hangs, is left behind.
      return Effect.andThen(
        Effect.timeoutOption(Effect.interruptible(Effect.exit(Deferred.await(ended))), graceMillis),
        () => finish(self, Exit.fail(failure), ended)
      )
    }
  )
}

const drainTimedOut = (self: Run): PipelineError<unknown> =>
  PipelineError.of(self.plan.pipeline, {
    _tag: "DrainTimedOut",
    drainTimeoutMillis: self.plan.settings.drainTimeoutMillis,
    batch: self.status.current,
    waitingRecords: self.inbox.records,
    fullDisk: self.fullDisk()
  })

/** A failure that came after everybody had stopped listening is logged, so that it does not pass unnoticed. */
export const logUnseen = (self: Run, ended: Ended): Effect.Effect<void> =>
  Effect.flatMap(
    Effect.exit(Deferred.await(ended)),
    (exit) => Exit.isFailure(exit) && !self.seen ? Effect.logError(exit.cause) : Effect.void
  )

const metricsOf = (self: Run): PipelineMetrics => ({
  completedBatches: self.status.completedBatches,
  failedBatches: self.status.failedBatches,
  processedRecords: self.status.processedRecords,
  droppedRecords: self.observer.metrics.droppedRecords,
  deadLetters: self.observer.metrics.deadLetters,
  waitingRecords: self.inbox.records,
  waitingBytes: self.inbox.bytes,
  suspendedBlocks: self.inbox.suspended,
  lastBatch: self.status.lastBatch,
  receivers: self.intakes.map((intake) => ({
    name: intake.receiver.name,
    ...intake.status,
    rateLimit: intake.pacer.recordsPerSecond
  }))
})
