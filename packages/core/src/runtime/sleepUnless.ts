import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Run } from "./RunContext.ts"

/** Sleeps, or until a run is woken because there is nothing left to wait for; that may have come before the sleep. */
export const sleepUnless = (
  self: Pick<Run, "clock" | "sleeper">,
  millis: number,
  isOver: () => boolean
): Effect.Effect<void> =>
  Effect.flatMap(
    Effect.forkChild(self.clock.sleep(Duration.millis(Math.ceil(millis))), { startImmediately: true }),
    (fiber) => {
      self.sleeper = fiber
      if (isOver()) fiber.interruptUnsafe()
      return Effect.map(Fiber.await(fiber), () => {
        self.sleeper = undefined
      })
    }
  )
