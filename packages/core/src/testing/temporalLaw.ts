/** Formulas over what goes into a stream and what comes out. */
import type * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import type { Batch } from "../batch/Batch.ts"
import type * as DStream from "../DStream.ts"
import type { StateStore } from "../store/StateStore.ts"
import type { Batches } from "./Batches.ts"
import * as Law from "./Law.ts"
import type { Formula, Predicate } from "./formula.ts"
import { evaluate } from "./temporalVerdict.ts"
import * as TestPipeline from "./TestPipeline.ts"

/**
 * One batch as a formula sees it. A stream that emits only at slide boundaries has an empty `output` between them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Observed<out A, out B> {
  readonly time: number
  readonly input: ReadonlyArray<A>
  readonly output: ReadonlyArray<B>
}

/**
 * How hard a property is tried, and what counts.
 *
 * @category options
 * @since 0.1.0
 */
export interface HoldsOptions extends Law.Options {
  /** Empty batches behind the input. Defaults to 0. */
  readonly runOn?: number | undefined
  /** Whether a formula has to be proven by the end of the run, or only not falsified. Defaults to false. */
  readonly proven?: boolean | undefined
}

/**
 * A law: run on any such input, the stream behaves as the formula says.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { Temporal } from "@millrace/core/testing"
 * import { Arbitrary, Effect, Schema } from "effect"
 *
 * const input = Temporal.words(
 *   Temporal.always(Temporal.now(Arbitrary.array(Arbitrary.schema(Schema.Literals(["ok", "error"])))), { batches: 8 })
 * )
 * const came = Temporal.now(({ input }: Temporal.Observed<string, number>) => input.includes("error"))
 * const counted = Temporal.now(({ output }: Temporal.Observed<string, number>) => (output[0] ?? 0) > 0)
 *
 * const law = Temporal.law(
 *   "an error shows for three batches",
 *   input,
 *   (lines) =>
 *     lines.pipe(
 *       DStream.filter((line) => line === "error"),
 *       DStream.countByWindow({ name: "errors", windowDuration: "3 seconds", slideDuration: "1 second" })
 *     ),
 *   Temporal.always(Temporal.implies(came, Temporal.always(counted, { batches: 3 })))
 * )
 * await Effect.runPromise(law.check)
 * ```
 *
 * @category laws
 * @since 0.1.0
 */
export const law = <A, B, E, R>(
  name: string,
  input: Arbitrary.Arbitrary<Batches<A>>,
  build: (input: DStream.DStream<A>) => DStream.DStream<B, E, R>,
  formula: Formula<Predicate<Observed<A, B>>>,
  options?: HoldsOptions
): Law.Law<Exclude<R, StateStore>> =>
  Law.make(name, input, (batches) =>
    Effect.flatMap(
      Effect.mapError(TestPipeline.run(batches, build, { runOn: options?.runOn }), (error): Law.Difference => ({
        why: "the run failed",
        expected: "a run to the end",
        actual: error
      })),
      (output) => {
        const seen = observed(batches, output, batches.length + (options?.runOn ?? 0))
        const verdict = evaluate(formula, seen)
        if (verdict._tag === "Proven" || verdict._tag === "Undecided" && options?.proven !== true) return Effect.void
        const why = verdict._tag === "Falsified"
          ? `falsified by batch ${verdict.batch}`
          : "not decided by the last batch"
        return Effect.fail<Law.Difference>({ why, expected: "a behaviour as the formula says", actual: seen })
      }
    ), options)

const intervalMillis = 1_000

const observed = <A, B>(batches: Batches<A>, output: ReadonlyArray<Batch<B>>, length: number) => {
  const byTime = new Map(output.map(({ items, time }) => [time, items]))
  return Array.from({ length }, (_, index): Observed<A, B> => {
    const time = (index + 1) * intervalMillis
    return { time, input: batches[index] ?? [], output: byTime.get(time) ?? [] }
  })
}
