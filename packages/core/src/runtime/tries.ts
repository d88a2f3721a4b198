import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"

/** Waits as the policy says and tells whether to try again. */
export type NextTry = (cause: Cause.Cause<unknown>) => Effect.Effect<boolean>

/** Starts a policy. Every start counts its tries from the beginning. */
export const tries = (policy: Schedule.Schedule<unknown, unknown>): Effect.Effect<NextTry> =>
  Effect.map(Schedule.toStepWithSleep(policy), (step) => (cause) =>
    step(Cause.squash(cause)).pipe(
      Effect.as(true),
      Pull.catchDone(() => Effect.succeed(false))
    ))
