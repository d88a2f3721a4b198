import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"

/** How long to wait before the next try, as the policy says; `None` when there is none. */
export type NextTry = (cause: Cause.Cause<unknown>) => Effect.Effect<Option.Option<Duration.Duration>>

/** Starts a policy. Every start counts its tries from the beginning. */
export const tries = (policy: Schedule.Schedule<unknown, unknown>): Effect.Effect<NextTry> =>
  Effect.map(Schedule.toStep(policy), (step) => (cause) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => step(now, Cause.squash(cause))).pipe(
      Effect.map(([, delay]) => Option.some(delay)),
      Pull.catchDone(() => Effect.succeedNone)
    ))

/** For a sentence about a failed try. */
export const againIn = (delay: Option.Option<Duration.Duration>): string =>
  Option.isNone(delay) ? "the last" : `the next in ${Math.round(Duration.toMillis(delay.value))} ms`
