/** The loop of a run: wait for a boundary, cut, process; and the fibers around it. The only file that knows the others. */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { askPerBatch, dueWindows, emptyCut } from "./cut.ts"
import type { Intake } from "./Intake.ts"
import { publish } from "./Observer.ts"
import { PipelineError } from "./PipelineError.ts"
import { processBatch } from "./process.ts"
import { receive } from "./receive.ts"
import type { Run } from "./RunContext.ts"
import { sleepUnless } from "./sleepUnless.ts"
import { type Life, openLife } from "./life.ts"

/**
 * Runs until every receiver has ended, failed or been stopped, and all that was received has been processed. Fails with
 * the first step or output that failed, at once; with a receiver's failure after what was received is processed.
 */
export const run = Effect.fnUntraced(function*(self: Run) {
  const { intakes, observer, plan } = self
  const life = yield* openLife(self)
  self.boundaries.ready()
  publish(observer, {
    _tag: "PipelineStarted",
    pipeline: plan.pipeline,
    batchIntervalMillis: plan.settings.batchIntervalMillis
  })
  yield* Effect.logInfo(
    `Pipeline ${JSON.stringify(plan.pipeline)} started, a batch every ${plan.settings.batchIntervalMillis} ms. ${life.promise}`
  )
  const beside = yield* Effect.forkChild(life.beside)
  for (const intake of intakes) {
    if (isClosing(self)) {
      intake.close()
      continue
    }
    const fiber = yield* Effect.forkScoped(supervised(self, intake), { startImmediately: true })
    self.receivers.push(fiber)
    // Its first steps may have failed for good, or made somebody stop the run, before anybody could know the fiber.
    if (isClosing(self)) fiber.interruptUnsafe()
  }
  const looped = Effect.updateService(loop(self, life), References.CurrentLogAnnotations, (outer) => annotations(self, outer))
  yield* Effect.raceFirst(looped, Effect.andThen(Fiber.join(beside), Effect.never)).pipe(
    // What came before the batch that failed is delivered, as far as it can be.
    Effect.tapError(() => Effect.andThen(life.end, Effect.exit(Fiber.join(beside))))
  )
  yield* life.end
  yield* Fiber.join(beside)
  yield* life.release
  if (self.failure !== undefined) return yield* self.failure
})

/** Made once per run, because a new set of annotations per batch costs more than the rest of a small batch's events. */
const annotations = ({ plan, status }: Run, outer: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.defineProperty({ ...outer, "millrace.pipeline": plan.pipeline }, "millrace.batch", {
    enumerable: true,
    get: () => status.current?.id
  })

/** Interrupts every receiver; the loop then drains. Returns when their finalizers have run, or have had their time. */
export const stopReceiving = (self: Run): Effect.Effect<void> =>
  Effect.suspend(() => {
    self.stopping = true
    return closeReceivers(self)
  })

/** A finalizer that hangs may not keep back what was received: after half the drain timeout the loop goes on without. */
const closeReceivers = (self: Run): Effect.Effect<void> => {
  // Of now: when the finalizers are through, `self` may be a run under a new epoch.
  const { intakes } = self
  return Effect.map(
    Effect.timeoutOption(
      Effect.interruptible(Fiber.interruptAll(self.receivers)),
      Duration.millis(self.plan.settings.drainTimeoutMillis / 2)
    ),
    () => {
      for (const intake of intakes) intake.close()
      self.sleeper?.interruptUnsafe()
    }
  )
}

const supervised = (self: Run, intake: Intake) =>
  receive(self.plan, intake, self.inbox, self.clock, self.observer).pipe(
    Effect.onExit((exit) =>
      Effect.suspend(() => {
        // The failure first: whoever waits for the intake goes on as soon as it is closed, and looks for it.
        const failed = exit._tag === "Failure" && !Cause.hasInterruptsOnly(exit.cause)
        if (failed) fail(self, intake, exit.cause)
        intake.close()
        if (isDraining(self)) self.sleeper?.interruptUnsafe()
        return failed ? Effect.asVoid(Effect.forkDetach(closeReceivers(self))) : Effect.void
      })
    )
  )

const fail = (self: Run, intake: Intake, cause: Cause.Cause<PipelineError<unknown>>): void => {
  const known = cause.reasons.find(Cause.isFailReason)
  self.failure ??= known?.error ?? PipelineError.of(self.plan.pipeline, {
    _tag: "ReceiverFailed",
    receiver: intake.receiver.name,
    attempts: 1,
    cause
  })
  for (const fiber of self.receivers) fiber.interruptUnsafe()
}

/** Nothing more shall be received: a stop was asked for, or a receiver failed for good. */
const isClosing = (self: Run): boolean => self.stopping || self.failure !== undefined

const isDraining = (self: Run): boolean => self.intakes.every((intake) => intake.closed)

const loop = Effect.fnUntraced(function*(self: Run, { line, nextBatch, nextCut }: Life) {
  const { boundaries, inbox, intakes } = self
  const lastBatch = self.lastBatch ??= nextBatch - 1 + self.batches
  if (nextBatch > lastBatch) return yield* closeReceivers(self)
  const perBatch = intakes.filter((intake) => intake.receiver.source._tag === "PerBatch")
  for (let id = nextBatch;; id++) {
    let waited = false
    for (let millis: number; !isDraining(self) && (millis = boundaries.untilDue()) > 0;) {
      waited = true
      yield* sleepUnless(self, millis, () => isDraining(self))
    }
    if (!waited) yield* Effect.yieldNow
    const time = boundaries.next()
    const missed = dueWindows(self.plan, boundaries.due, time).slice(0, lastBatch - id)
    const isLast = id + missed.length >= lastBatch
    if (perBatch.length > 0 && !isDraining(self)) yield* askPerBatch(perBatch, inbox, boundaries, time)
    if (isDraining(self) && inbox.isEmpty) return
    if (isLast) yield* closeReceivers(self)
    if (inbox.suspended > 0) yield* warnFull(self)
    const boundary = boundaries.take(time)
    for (const earlier of missed) yield* processBatch(line, emptyCut(id++, earlier, boundary, intakes), inbox.records)
    const batch = yield* nextCut(id, boundary)
    yield* processBatch(line, batch, inbox.records)
    if (isLast) return
  }
})

/** Said once: from then on the events and metrics tell. */
const warnFull = (self: Run): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (self.warnedFull) return Effect.void
    self.warnedFull = true
    const { maxBytes, maxRecords } = self.inbox
    return Effect.logWarning(
      `The buffer of pipeline ${JSON.stringify(self.plan.pipeline)} (${maxRecords} records, ${maxBytes} bytes) was full ` +
        "before its batch was due, and receivers were suspended. A shorter batchInterval or a larger buffer takes in more"
    )
  })

/** Whether somebody looks at spans: without a tracer of the user's own they go nowhere and are not made. */
export const isTracing: Effect.Effect<boolean> = Effect.map(Effect.tracer, (tracer) => tracer !== Tracer.nativeTracer)

