/** The loop of a run: wait for a boundary, cut, process; and the fibers around it. The only file that knows the others. */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import type { Output } from "../dstream/Node.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Boundaries } from "./Boundaries.ts"
import { askPerBatch, cut, dueWindows, emptyCut } from "./cut.ts"
import { makeDeliverer } from "./deliver.ts"
import { openMemories } from "./memories.ts"
import type { Inbox } from "./Inbox.ts"
import type { Intake } from "./Intake.ts"
import type { Kept } from "./Kept.ts"
import { type Observer, publish } from "./Observer.ts"
import { PipelineError } from "./PipelineError.ts"
import { type Line, processBatch } from "./process.ts"
import { receive } from "./receive.ts"
import type { RunStatus } from "./RunStatus.ts"
import { makeStepper } from "./step.ts"

/** Everything one run holds while it runs. */
export interface Run {
  readonly plan: Plan
  /** What the plan was compiled of. */
  readonly outputs: ReadonlyArray<Output<unknown, unknown>>
  readonly kept: Kept
  readonly clock: Clock.Clock
  readonly boundaries: Boundaries
  readonly inbox: Inbox
  readonly intakes: ReadonlyArray<Intake>
  readonly observer: Observer
  readonly status: RunStatus
  /** Ends with the last batch id that shall be cut, if a number of batches was asked for. */
  readonly batches: number
  /** One fiber per receiver. */
  readonly receivers: Array<Fiber.Fiber<void, PipelineError<unknown>>>
  /** A stop was asked for. */
  stopping: boolean
  /** Somebody was given the failure the run ended with. */
  seen: boolean
  /** What the run fails with once it has drained: a receiver that failed for good, or a drain that took too long. */
  failure: PipelineError<unknown> | undefined
  warnedFull: boolean
  /** The fiber that waits for the next boundary, while one does. */
  sleeper: Fiber.Fiber<void> | undefined
}

/**
 * Runs until every receiver has ended, failed or been stopped, and all that was received has been processed. Fails with
 * the first step or output that failed, at once; with a receiver's failure after what was received is processed.
 */
export const run = Effect.fnUntraced(function*(self: Run) {
  const { clock, intakes, observer, plan } = self
  const memories = yield* openMemories(plan)
  const laneOf = new Map<unknown, number>(intakes.map((intake) => [intake.receiver, intake.lane]))
  const line: Line = {
    observer,
    boundaries: self.boundaries,
    intakes,
    status: self.status,
    memories,
    kept: self.kept,
    step: makeStepper(plan, laneOf, memories, clock, observer),
    deliver: yield* makeDeliverer(plan, clock, observer)
  }
  publish(observer, {
    _tag: "PipelineStarted",
    pipeline: plan.pipeline,
    batchIntervalMillis: plan.settings.batchIntervalMillis
  })
  yield* Effect.logInfo(
    `Pipeline ${JSON.stringify(plan.pipeline)} started, a batch every ${plan.settings.batchIntervalMillis} ms. ` +
      "It remembers nothing beyond this process: no CheckpointStore was provided"
  )
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
  yield* Effect.updateService(loop(self, line), References.CurrentLogAnnotations, (outer) => annotations(self, outer))
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
const closeReceivers = (self: Run): Effect.Effect<void> =>
  Effect.map(
    Effect.timeoutOption(
      Effect.interruptible(Fiber.interruptAll(self.receivers)),
      Duration.millis(self.plan.settings.drainTimeoutMillis / 2)
    ),
    () => {
      for (const intake of self.intakes) intake.close()
      self.sleeper?.interruptUnsafe()
    }
  )

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

const loop = Effect.fnUntraced(function*(self: Run, line: Line) {
  const { boundaries, inbox, intakes } = self
  const perBatch = intakes.filter((intake) => intake.receiver.source._tag === "PerBatch")
  for (let id = 1;; id++) {
    let waited = false
    for (let millis: number; !isDraining(self) && (millis = boundaries.untilDue()) > 0;) {
      waited = true
      yield* sleep(self, millis)
    }
    if (!waited) yield* Effect.yieldNow
    const time = boundaries.next()
    const missed = dueWindows(self.plan, boundaries.due, time).slice(0, self.batches - id)
    const isLast = id + missed.length >= self.batches
    if (perBatch.length > 0 && !isDraining(self)) yield* askPerBatch(perBatch, inbox, boundaries, time)
    if (isDraining(self) && inbox.isEmpty) return
    if (isLast) yield* closeReceivers(self)
    if (inbox.suspended > 0) yield* warnFull(self)
    const boundary = boundaries.take(time)
    for (const earlier of missed) yield* processBatch(line, emptyCut(id++, earlier, boundary, intakes), inbox.records)
    const batch = cut(id, boundary, intakes, inbox)
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

/** Sleeps until a boundary, or until there is nothing left to wait for. */
const sleep = (self: Run, millis: number): Effect.Effect<void> =>
  Effect.flatMap(
    Effect.forkChild(self.clock.sleep(Duration.millis(Math.ceil(millis))), { startImmediately: true }),
    (fiber) => {
      self.sleeper = fiber
      // The last receiver may have ended since the loop looked.
      if (isDraining(self)) fiber.interruptUnsafe()
      return Effect.map(Fiber.await(fiber), () => {
        self.sleeper = undefined
      })
    }
  )

/** Whether somebody looks at spans: without a tracer of the user's own they go nowhere and are not made. */
export const isTracing: Effect.Effect<boolean> = Effect.map(Effect.tracer, (tracer) => tracer !== Tracer.nativeTracer)

