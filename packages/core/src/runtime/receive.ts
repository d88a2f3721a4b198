/** Keeps one receiver open: hands over what it yields, opens it again when it fails, and says when it gives up. */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { effectOf } from "../dstream/effectOf.ts"
import { ReceiverHost } from "../dstream/ReceiverHost.ts"
import { checkBlock } from "./checkBlock.ts"
import { errorText } from "./errorText.ts"
import type { Inbox } from "./Inbox.ts"
import type { AnyBlock, Intake } from "./Intake.ts"
import { type Observer, publish } from "./Observer.ts"
import { PipelineError } from "./PipelineError.ts"
import * as policies from "./policies.ts"
import type { Plan } from "../plan/Plan.ts"
import { watchIdle } from "./ReceiverIdle.ts"
import { isRetryable } from "./retryable.ts"
import { againIn, type NextTry, tries } from "./tries.ts"

/**
 * Runs until the receiver ends, is interrupted, or has failed for good. Every failure is reported; a receiver that
 * lived for a healthy minute starts with a fresh policy.
 */
export const receive = (plan: Plan, intake: Intake, inbox: Inbox, clock: Clock.Clock, observer: Observer) =>
  supervise(plan, intake, clock, observer, Effect.scoped(Effect.suspend(() => attempt(intake, inbox, clock, observer)))).pipe(
    Effect.provideService(ReceiverHost, {
      reportError: (error) => reportLived(intake, observer, error),
      handOver: (block) => Effect.sync(() => handOverLast(intake, inbox, block))
    }),
    Effect.onExit((exit) =>
      Effect.sync(() => {
        const why = exit._tag === "Success" ? "ended" : Cause.hasInterruptsOnly(exit.cause) ? "stopped" : "failed"
        publish(observer, { _tag: "ReceiverStopped", ...names(intake, observer), why })
      })
    )
  )

const supervise = Effect.fnUntraced(function*(
  plan: Plan,
  intake: Intake,
  clock: Clock.Clock,
  observer: Observer,
  attempt: Effect.Effect<void, unknown, any>
) {
  const policy = intake.receiver.restart ?? plan.settings.restart ?? policies.restart
  let next: NextTry | undefined = undefined
  for (let attempts = 1;; attempts++) {
    const openedAt = clock.monotonicTimeNanosUnsafe()
    const exit = yield* Effect.exit(Effect.ensuring(attempt, Effect.sync(() => setActive(intake, observer, false))))
    if (exit._tag === "Success") return
    if (Number(clock.monotonicTimeNanosUnsafe() - openedAt) / 1e6 >= policies.healthyMillis) {
      next = undefined
      attempts = 1
    }
    report(intake, observer, exit.cause)
    next ??= yield* tries(policy)
    const delay: Option.Option<Duration.Duration> = isRetryable(exit.cause) ? yield* next(exit.cause) : Option.none()
    yield* Effect.logWarning(
      `Receiver ${JSON.stringify(intake.receiver.name)} of pipeline ${JSON.stringify(plan.pipeline)} failed, ` +
        `try ${attempts}, ${againIn(delay)}: ${errorText(exit.cause)}`
    )
    if (Option.isNone(delay)) {
      return yield* PipelineError.of(plan.pipeline, {
        _tag: "ReceiverFailed",
        receiver: intake.receiver.name,
        attempts,
        cause: exit.cause
      })
    }
    yield* Effect.sleep(delay.value)
    intake.status.restarts++
    publish(observer, { _tag: "ReceiverRestarted", ...names(intake, observer), attempt: attempts })
  }
})

const attempt = (intake: Intake, inbox: Inbox, clock: Clock.Clock, observer: Observer): Effect.Effect<void, unknown, any> => {
  const source = intake.receiver.source
  const opened = Effect.sync(() => {
    setActive(intake, observer, true)
    publish(observer, { _tag: "ReceiverStarted", ...names(intake, observer) })
  })
  return source._tag === "Stream"
    ? effectOf(source.open(intake.resumeAfter)).pipe(
      Effect.tap(opened),
      Effect.flatMap((stream) => {
        if (intake.receiver.idleTimeout === undefined) {
          return Stream.runForEachArray(stream, (blocks) => handOver(intake, inbox, blocks))
        }
        intake.idleSince = Number(clock.monotonicTimeNanosUnsafe()) / 1e6
        intake.isHandingOver = false
        const watched = Stream.runForEachArray(stream, (blocks) => {
          intake.isHandingOver = true
          return Effect.map(handOver(intake, inbox, blocks), () => {
            intake.isHandingOver = false
            intake.idleSince = Number(clock.monotonicTimeNanosUnsafe()) / 1e6
          })
        })
        return Effect.raceFirst(watched, watchIdle(intake, clock))
      })
    )
    : effectOf(source.open(intake.resumeAfter)).pipe(Effect.tap(opened), Effect.flatMap((next) => intake.serve(next)))
}

/**
 * The stream is pulled again once the blocks are in the inbox and paid off, so a full buffer holds the source back. What
 * the journal has by then goes into the inbox, room or not: the blocks after it count on it.
 */
const handOver = (intake: Intake, inbox: Inbox, blocks: ReadonlyArray<AnyBlock>): Effect.Effect<void> => {
  const one = (block: AnyBlock) =>
    Effect.suspend(() => {
      checkBlock(intake.receiver.name, block)
      const written = intake.written(block)
      const offered = inbox.offer(intake.lane, written)
      return written === block
        ? offered
        : Effect.onInterrupt(offered, () => Effect.sync(() => inbox.accept(intake.lane, written)))
    }).pipe(
      Effect.andThen(() => {
        intake.accepted(block)
        intake.pacer.took(block.records)
        return intake.pacer.ready
      })
    )
  const only = blocks.length === 1 ? blocks[0] : undefined
  return only !== undefined ? one(only) : Effect.forEach(blocks, one, { discard: true })
}

const handOverLast = (intake: Intake, inbox: Inbox, block: AnyBlock): void => {
  checkBlock(intake.receiver.name, block)
  inbox.accept(intake.lane, intake.written(block))
  intake.accepted(block)
}

const setActive = (intake: Intake, observer: Observer, active: boolean): void => {
  intake.status.active = active
  observer.metrics.receiverActive(intake.lane, active)
}

const report = (intake: Intake, observer: Observer, cause: Cause.Cause<unknown>): void => {
  const error = errorText(cause)
  intake.status.lastError = error
  observer.metrics.receiverFailed(intake.lane)
  publish(observer, { _tag: "ReceiverError", ...names(intake, observer), error })
}

/** An error that did not end the receiver. */
const reportLived = (intake: Intake, observer: Observer, error: unknown): Effect.Effect<void> =>
  Effect.suspend(() => {
    const cause = Cause.fail(error)
    report(intake, observer, cause)
    return Effect.logWarning(`Receiver ${JSON.stringify(intake.receiver.name)} reported: ${errorText(cause)}`)
  })

const names = (intake: Intake, observer: Observer) => ({
  pipeline: observer.pipeline,
  receiver: intake.receiver.name
})
