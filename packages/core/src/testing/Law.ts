/**
 * Laws: what must hold for every input, as effects that fail with the smallest input they were seen to fail for.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Formatter from "effect/Formatter"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * A sentence, and what tries it. Any test framework can run one: `it.effect(law.name, () => law.check)`, or
 * `test(law.name, () => Effect.runPromise(law.check))`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Law<out R = never> {
  readonly name: string
  readonly check: Effect.Effect<void, LawBroken, R>
  /** Tries only the input that a `LawBroken` names by its `replay`. */
  readonly replay: (token: string) => Effect.Effect<void, LawBroken, R>
}

/**
 * A law that does not hold. The message shows the counterexample, which was made up and belongs to nobody.
 *
 * @category errors
 * @since 0.1.0
 */
export class LawBroken extends Schema.TaggedError<LawBroken>()("LawBroken", {
  law: Schema.String,
  why: Schema.String,
  /** The smallest input found for which it fails. */
  counterexample: Schema.Unknown,
  expected: Schema.Unknown,
  actual: Schema.Unknown,
  /** Give it to the law's `replay`. Empty where the input could not be made. */
  replay: Schema.String
}) {
  override get message() {
    return [
      `Broken: ${this.law}`,
      `  ${this.why}`,
      `  for      ${show(this.counterexample)}`,
      `  expected ${show(this.expected)}`,
      `  got      ${show(this.actual)}`,
      `  replay   ${this.replay}`
    ].join("\n")
  }
}

const longest = 2_000

const show = (value: unknown): string => {
  const text = Formatter.format(value)
  return text.length > longest ? `${text.slice(0, longest)} …` : text
}

/**
 * Why an input breaks a law.
 *
 * @category models
 * @since 0.1.0
 */
export interface Difference {
  readonly why: string
  readonly expected: unknown
  readonly actual: unknown
}

/**
 * How hard a law is tried.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** How many inputs. Defaults to 100. */
  readonly runs?: number | undefined
  /** How large inputs grow. */
  readonly size?: number | undefined
  /** Makes the inputs the same in every run. Defaults to others each time. */
  readonly seed?: string | number | undefined
}

/**
 * Fails with a `Difference` unless both are the same by `Equal`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const same = (why: string, actual: unknown, expected: unknown): Effect.Effect<void, Difference> =>
  Equal.equals(actual, expected) ? Effect.void : Effect.fail({ why, expected, actual })

/**
 * A law of one's own. `property` fails for an input that breaks it; what dies in it breaks it too.
 *
 * ```ts import.meta.vitest
 * import { Law } from "@millrace/core/testing"
 * import { Arbitrary, Effect, Schema } from "effect"
 *
 * const text = Arbitrary.array(Arbitrary.schema(Schema.Literals(["a", "b"])))
 * const law = Law.make("every text is shorter than two", text, (letters) =>
 *   letters.length < 2 ? Effect.void : Effect.fail({ why: "too long", expected: 1, actual: letters.length }))
 *
 * const broken = await Effect.runPromise(Effect.flip(law.check))
 * JSON.stringify(broken.counterexample).length // => 9
 * const again = await Effect.runPromise(Effect.flip(law.replay(broken.replay)))
 * again.counterexample // => broken.counterexample
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A, R>(
  name: string,
  input: Arbitrary.Arbitrary<A>,
  property: (input: A) => Effect.Effect<void, Difference, R>,
  options?: Options
): Law<R> => {
  const tried = (input: A) =>
    Effect.suspend(() => property(input)).pipe(
      Effect.as(true),
      Effect.catchCause((cause): Effect.Effect<never, Difference> =>
        Cause.hasInterrupts(cause) && !Cause.hasFails(cause) && !Cause.hasDies(cause)
          ? Effect.interrupt
          : Effect.fail(Result.getOrElse(Cause.findError(cause), () => died(cause)))
      )
    )
  const checked = (more: Arbitrary.CheckOptions) =>
    Effect.flatMap(Arbitrary.checkEffect(input, tried, { ...options, ...more }), (result) => verdict(name, result))
  return { name, check: checked({}), replay: (token) => checked({ replay: token }) }
}

const died = (cause: Cause.Cause<unknown>): Difference => ({
  why: "something died",
  expected: "no defect",
  actual: Cause.squash(cause)
})

const verdict = <A>(law: string, result: Arbitrary.CheckResult<A, Difference>): Effect.Effect<void, LawBroken> => {
  switch (result._tag) {
    case "Passed":
      return Effect.void
    case "Falsified": {
      const { failure, replay, shrunkInput } = result
      const difference = failure._tag === "PropertyError"
        ? failure.error
        : { why: "it does not hold", expected: true, actual: false }
      return Effect.fail(new LawBroken({ law, counterexample: shrunkInput, replay, ...difference }))
    }
    case "Exhausted":
    case "ReplayMismatch":
      return Effect.fail(
        new LawBroken({
          law,
          why: Arbitrary.formatCheckFailure(result) ?? "no input could be tried",
          counterexample: undefined,
          expected: undefined,
          actual: undefined,
          replay: ""
        })
      )
  }
}
