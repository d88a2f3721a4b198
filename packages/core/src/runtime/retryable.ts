import * as Cause from "effect/Cause"
import { hasProperty } from "effect/Predicate"

/**
 * Whether trying again may help: the supervisor asks the error and keeps no list of its own. An error, or the `reason`
 * inside it, that says `isRetryable: false` ends the tries; whatever does not say is tried again.
 */
export const isRetryable = (cause: Cause.Cause<unknown>): boolean =>
  !cause.reasons.some((reason) => Cause.isFailReason(reason) && refuses(reason.error))

/** An error that cannot even be asked does not say that it will never help. */
const refuses = (error: unknown): boolean => {
  try {
    return refusesRetry(error)
  } catch {
    return false
  }
}

const refusesRetry = (error: unknown): boolean => {
  if (hasProperty(error, "isRetryable") && typeof error.isRetryable === "boolean") return !error.isRetryable
  return hasProperty(error, "reason") && hasProperty(error.reason, "isRetryable") && error.reason.isRetryable === false
}
