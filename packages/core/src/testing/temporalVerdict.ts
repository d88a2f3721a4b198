/** Decides formulas, batch after batch. */
import type { Formula, Predicate } from "./formula.ts"

/**
 * What is known of a formula after some batches. `batch` counts the batches that it took: the id of the one that
 * decided, 0 where none was needed.
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict =
  | { readonly _tag: "Proven"; readonly batch: number }
  | { readonly _tag: "Falsified"; readonly batch: number }
  | { readonly _tag: "Undecided" }

/**
 * Whether the formula holds at the first of these batches. It is decided as early as it can be without knowing what
 * the predicates mean, and once: what comes later changes no verdict.
 *
 * ```ts import.meta.vitest
 * import { Temporal } from "@millrace/core/testing"
 *
 * const alarm = Temporal.now((temperature: number) => temperature > 100)
 * const calm = Temporal.always(Temporal.not(alarm), { batches: 3 })
 * Temporal.evaluate(calm, [20, 90, 80]) // => { _tag: "Proven", batch: 3 }
 * Temporal.evaluate(calm, [20, 120]) // => { _tag: "Falsified", batch: 2 }
 * Temporal.evaluate(calm, [20]) // => { _tag: "Undecided" }
 * ```
 *
 * @category checks
 * @since 0.1.0
 */
export const evaluate = <S>(formula: Formula<Predicate<S>>, steps: Iterable<S>): Verdict => {
  const residues = new Residues<S>()
  let left = residues.simplified(formula)
  let batch = 0
  for (const step of steps) {
    if (left._tag === "Constant") break
    batch++
    left = residues.after(left, step)
  }
  return left._tag === "Constant" ? { _tag: left.value ? "Proven" : "Falsified", batch } : { _tag: "Undecided" }
}

type Known<S> = Formula<Predicate<S>>

const constants = {
  true: { _tag: "Constant", value: true },
  false: { _tag: "Constant", value: false }
} as const

const constant = (value: boolean) => value ? constants.true : constants.false

/**
 * What a formula asks of the batches after the one that was seen. Equal residues are one object, so that a formula
 * that asks the same for ever does not grow.
 */
class Residues<S> {
  private readonly made = new Map<string, Known<S>>()
  private readonly numbers = new Map<unknown, number>()

  /** Constants folded, wherever they show. */
  simplified(formula: Known<S>): Known<S> {
    switch (formula._tag) {
      case "Constant":
        return constant(formula.value)
      case "Now":
        return this.one(`now ${this.number(formula.atom)}`, formula)
      case "Not":
        return this.not(this.simplified(formula.formula))
      case "And":
        return this.and(this.simplified(formula.left), this.simplified(formula.right))
      case "Or":
        return this.or(this.simplified(formula.left), this.simplified(formula.right))
      case "Next":
        return this.next(this.simplified(formula.formula))
      case "Until":
      case "Release": {
        const { _tag, batches, left, right } = formula
        return this.lasting(_tag, this.simplified(left), this.simplified(right), batches)
      }
    }
  }

  after(formula: Known<S>, step: S): Known<S> {
    switch (formula._tag) {
      case "Constant":
        return formula
      case "Now":
        return constant(formula.atom(step))
      case "Not":
        return this.not(this.after(formula.formula, step))
      case "And":
        return this.and(this.after(formula.left, step), this.after(formula.right, step))
      case "Or":
        return this.or(this.after(formula.left, step), this.after(formula.right, step))
      case "Next":
        return formula.formula
      case "Until":
      case "Release": {
        const { _tag, batches, left, right } = formula
        const rest = this.lasting(_tag, left, right, batches - 1)
        const first = this.after(right, step)
        return _tag === "Until"
          ? this.or(first, this.and(this.after(left, step), rest))
          : this.and(first, this.or(this.after(left, step), rest))
      }
    }
  }

  private not(formula: Known<S>): Known<S> {
    if (formula._tag === "Constant") return constant(!formula.value)
    return this.one(`not ${this.number(formula)}`, { _tag: "Not", formula })
  }

  private and(left: Known<S>, right: Known<S>): Known<S> {
    if (left._tag === "Constant") return left.value ? right : left
    if (right._tag === "Constant") return right.value ? left : right
    return this.both("And", left, right)
  }

  private or(left: Known<S>, right: Known<S>): Known<S> {
    if (left._tag === "Constant") return left.value ? left : right
    if (right._tag === "Constant") return right.value ? right : left
    return this.both("Or", left, right)
  }

  /** A list to the right, without repeats. */
  private both(_tag: "And" | "Or", left: Known<S>, right: Known<S>): Known<S> {
    if (left === right) return left
    if (left._tag === _tag) return this.both(_tag, left.left, this.both(_tag, left.right, right))
    for (let rest = right; rest._tag === _tag; rest = rest.right) {
      if (rest.left === left || rest.right === left) return right
    }
    return this.one(`${_tag} ${this.number(left)} ${this.number(right)}`, { _tag, left, right })
  }

  private next(formula: Known<S>): Known<S> {
    return formula._tag === "Constant" ? formula : this.one(`next ${this.number(formula)}`, { _tag: "Next", formula })
  }

  private lasting(_tag: "Until" | "Release", left: Known<S>, right: Known<S>, batches: number): Known<S> {
    if (batches <= 0) return constant(_tag === "Release")
    if (right._tag === "Constant") return right
    // Nothing but the first batch counts where the left ends it at once.
    if (left._tag === "Constant" && left.value === (_tag === "Release")) return right
    return this.one(`${_tag} ${this.number(left)} ${this.number(right)} ${batches}`, { _tag, left, right, batches })
  }

  private one(key: string, formula: Known<S>): Known<S> {
    const known = this.made.get(key)
    if (known !== undefined) return known
    this.made.set(key, formula)
    return formula
  }

  private number(of: unknown): number {
    const known = this.numbers.get(of) ?? this.numbers.size
    this.numbers.set(of, known)
    return known
  }
}
