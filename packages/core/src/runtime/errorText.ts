import * as Cause from "effect/Cause"

/**
 * Names and messages of what went wrong, on one line, without stacks. Never throws, though a user's function may throw
 * anything, also what cannot be read.
 */
export const errorText = (cause: Cause.Cause<unknown>): string => {
  try {
    return Cause.prettyErrors(cause).map((error) => `${error.name}: ${error.message}`).join("; ") || "interrupted"
  } catch {
    return "an error that cannot be shown"
  }
}
