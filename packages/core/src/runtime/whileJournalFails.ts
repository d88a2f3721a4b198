/** A journal whose file failed is given up; the run goes on under a new epoch with what can be read back. */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PipelineError } from "./PipelineError.ts"
import * as policies from "./policies.ts"
import type { Run } from "./RunContext.ts"
import { sleepUnless } from "./sleepUnless.ts"
import { againIn, type NextTry, tries } from "./tries.ts"

/**
 * Runs until the end, or until the pipeline's `restart` policy has ended; a run that lived for a healthy minute starts
 * with a fresh one. A failed write or sync may have left anything
 * in the file, and in the operating system's cache of it: nothing of it is trusted before it was read again.
 */
export const whileJournalFails = <R, R2>(
  self: Run,
  attempt: Effect.Effect<void, PipelineError<unknown>, R>,
  fresh: Effect.Effect<void, never, R2>
): Effect.Effect<void, PipelineError<unknown>, R | R2> =>
  Effect.catch(attempt, (first) =>
    Effect.gen(function*() {
      let error = first
      let next: NextTry | undefined = undefined
      for (let attempts = 1;; attempts++) {
        if (self.stopping || error.reason._tag !== "CheckpointFailed" || !error.reason.error.isRetryable) return yield* error
        next ??= yield* tries(self.plan.settings.restart ?? policies.restart)
        const delay: Option.Option<Duration.Duration> = yield* next(Cause.fail(error))
        yield* Effect.logWarning(`${error.message}; try ${attempts}, ${againIn(delay)}`)
        if (Option.isNone(delay)) return yield* error
        yield* Effect.interruptible(sleepUnless(self, Duration.toMillis(delay.value), () => self.stopping))
        if (self.stopping) return yield* error
        yield* fresh
        const openedAt = self.clock.monotonicTimeNanosUnsafe()
        const failed = yield* Effect.flip(attempt).pipe(Effect.option)
        if (Option.isNone(failed)) return
        error = failed.value
        if (Number(self.clock.monotonicTimeNanosUnsafe() - openedAt) / 1e6 < policies.healthyMillis) continue
        next = undefined
        attempts = 0
      }
    }))
