import * as Effect from "effect/Effect"

/**
 * What a user's function gave, if it is an effect. A promise, or nothing, that came past the types would end the fiber
 * that runs it without a word, so it is refused here.
 */
export const effectOf = <A, E, R>(result: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  if (Effect.isEffect(result)) return result
  throw new TypeError(`the function gave ${refused(result)} instead of an Effect`)
}

/** What was given, for a sentence that refuses it. */
export const refused = (given: unknown): string => {
  // Nobody waits for it any more; what it fails with must not end the process.
  if (given instanceof Promise) given.catch(() => {})
  return kindOf(given)
}

const kindOf = (value: unknown): string =>
  value === null || value === undefined
    ? String(value)
    : Array.isArray(value)
    ? "an array"
    : value instanceof Promise
    ? "a promise"
    : typeof value === "object"
    ? "an object"
    : `a ${typeof value}`
