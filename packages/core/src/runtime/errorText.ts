import * as Cause from "effect/Cause"

/** Names and messages of what went wrong, on one line, without stacks. */
export const errorText = (cause: Cause.Cause<unknown>): string =>
  Cause.prettyErrors(cause).map((error) => `${error.name}: ${error.message}`).join("; ") || "interrupted"
