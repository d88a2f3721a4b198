import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Clock from "effect/Clock"
import type { Intake } from "./Intake.ts"

/**
 * A receiver handed over nothing for its `idleTimeout`. It is opened again.
 *
 * @category errors
 * @since 0.1.0
 */
export class ReceiverIdle extends Data.TaggedError("ReceiverIdle")<{
  readonly receiver: string
  readonly idleTimeoutMillis: number
}> {
  readonly isRetryable = true

  override get message(): string {
    return `it handed over nothing for ${this.idleTimeoutMillis} ms, its idleTimeout`
  }
}

/** Fails when the receiver has been idle for too long; time that it waits for room does not count. */
export const watchIdle = (intake: Intake, clock: Clock.Clock): Effect.Effect<never, ReceiverIdle> => {
  const { idleTimeout, name } = intake.receiver
  if (idleTimeout === undefined) return Effect.never
  const millis = Duration.toMillis(Duration.fromInputUnsafe(idleTimeout))
  if (millis === Infinity) return Effect.never
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const watch: Effect.Effect<never, ReceiverIdle> = Effect.suspend(() => {
    const left = intake.isHandingOver ? millis : intake.idleSince + millis - now()
    return left > 0
      ? Effect.andThen(Effect.sleep(Duration.millis(Math.ceil(left))), watch)
      : Effect.fail(new ReceiverIdle({ receiver: name, idleTimeoutMillis: millis }))
  })
  return watch
}
