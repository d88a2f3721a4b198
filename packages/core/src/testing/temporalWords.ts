/** Makes batches that fulfil a formula. */
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Batches } from "./Batches.ts"
import type { Formula } from "./formula.ts"

/**
 * Bounds of what is made.
 *
 * @category options
 * @since 0.1.0
 */
export interface WordsOptions {
  /** How many batches stand for ever. Defaults to 10. */
  readonly forever?: number | undefined
}

type Made<A> = Formula<Arbitrary.Arbitrary<ReadonlyArray<A>>>

/**
 * Batches that fulfil the formula: each `now` puts what its arbitrary makes into its batch, beside what others put
 * there. `or` takes a side; `until` and `release` end at any batch that they may. A formula that nothing fulfils, such
 * as `fails`, makes nothing: whoever checks with it is told that no input was found.
 *
 * ```ts import.meta.vitest
 * import { Temporal } from "@millrace/core/testing"
 * import { Arbitrary, Effect } from "effect"
 *
 * const good = Temporal.now(Arbitrary.Constant(["good"]))
 * const bad = Temporal.now(Arbitrary.Constant(["bad"]))
 * const words = Temporal.words(Temporal.until(good, bad, { batches: 3 }))
 * const made = await Effect.runPromise(Arbitrary.sampleEffect(words, { count: 100 }))
 * new Set(made.map((batches) => batches.flat().join(" "))) // => new Set(["bad", "good bad", "good good bad"])
 * ```
 *
 * @category arbitraries
 * @since 0.1.0
 */
export const words = <A>(formula: Made<A>, options?: WordsOptions): Arbitrary.Arbitrary<Batches<A>> =>
  new Maker<A>(options?.forever ?? 10).word(formula)

const nothing: Arbitrary.Arbitrary<never> = Arbitrary.filterMap(Arbitrary.Constant(0), () => Result.fail(undefined))

class Maker<A> {
  private readonly forever: number

  constructor(forever: number) {
    this.forever = forever
  }

  word(formula: Made<A>): Arbitrary.Arbitrary<Batches<A>> {
    switch (formula._tag) {
      case "Now":
        return Arbitrary.map(formula.atom, (items): Batches<A> => [items])
      case "Constant":
        return formula.value ? Arbitrary.Constant<Batches<A>>([]) : nothing
      case "Not":
        return nothing
      case "And":
        return together([this.word(formula.left), this.word(formula.right)])
      case "Or":
        return Arbitrary.flatMap(below(2), (side) => this.word(side === 0 ? formula.left : formula.right))
      case "Next":
        return later(this.word(formula.formula), 1)
      case "Until": {
        const most = Math.min(formula.batches, this.forever)
        if (most === 0) return nothing
        return Arbitrary.flatMap(below(most), (at) =>
          together([...this.repeated(formula.left, at), later(this.word(formula.right), at)]))
      }
      case "Release": {
        const most = Math.min(formula.batches, this.forever)
        // Released at a batch before the last, or not at all.
        return Arbitrary.flatMap(below(cannot(formula.left) ? 1 : most + 1), (place) => {
          const at = place - 1
          return at < 0
            ? together(this.repeated(formula.right, most))
            : together([...this.repeated(formula.right, at + 1), later(this.word(formula.left), at)])
        })
      }
    }
  }

  private repeated(formula: Made<A>, times: number): ReadonlyArray<Arbitrary.Arbitrary<Batches<A>>> {
    const word = this.word(formula)
    return Array.from({ length: times }, (_, at) => later(word, at))
  }
}

/** So that `always` does not throw away what it cannot make. */
const cannot = <A>(formula: Made<A>): boolean => formula._tag === "Constant" && !formula.value

const below = (end: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: end - 1 })))

const later = <A>(word: Arbitrary.Arbitrary<Batches<A>>, by: number): Arbitrary.Arbitrary<Batches<A>> =>
  by === 0 ? word : Arbitrary.map(word, (batches) => [...Array.from({ length: by }, () => []), ...batches])

const together = <A>(parts: ReadonlyArray<Arbitrary.Arbitrary<Batches<A>>>): Arbitrary.Arbitrary<Batches<A>> =>
  Arbitrary.map(Arbitrary.all(parts), (made) =>
    Array.from({ length: Math.max(0, ...made.map(({ length }) => length)) }, (_, at) =>
      made.flatMap((batches) => batches[at] ?? [])))
