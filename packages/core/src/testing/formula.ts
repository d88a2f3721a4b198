/** Formulas over batches, as data. */

/**
 * A formula whose atoms are `T`: predicates of what is there at one batch, or arbitraries of what comes in one.
 *
 * @category models
 * @since 0.1.0
 */
export type Formula<T> =
  | { readonly _tag: "Now"; readonly atom: T }
  | { readonly _tag: "Constant"; readonly value: boolean }
  | { readonly _tag: "Not"; readonly formula: Formula<T> }
  | { readonly _tag: "And" | "Or"; readonly left: Formula<T>; readonly right: Formula<T> }
  | { readonly _tag: "Next"; readonly formula: Formula<T> }
  /** `left` until (`Until`), or up to and with (`Release`), `right`. */
  | {
    readonly _tag: "Until" | "Release"
    readonly left: Formula<T>
    readonly right: Formula<T>
    readonly batches: number
  }

/**
 * What is asked of one batch.
 *
 * @category models
 * @since 0.1.0
 */
export type Predicate<in S> = (step: S) => boolean

/**
 * How long something may take or has to last: a whole number of batches, the current one included. Without a number:
 * for ever, which a run of finite length can refute or show by example, and never both.
 *
 * @category options
 * @since 0.1.0
 */
export interface Within {
  readonly batches?: number | undefined
}

/**
 * The current batch is so; with an arbitrary, holds what it makes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const now = <T>(atom: T): Formula<T> => ({ _tag: "Now", atom })

/**
 * Holds of anything.
 *
 * @category constructors
 * @since 0.1.0
 */
export const holds: Formula<never> = { _tag: "Constant", value: true }

/**
 * Holds of nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fails: Formula<never> = { _tag: "Constant", value: false }

/**
 * Only of predicates: there is no way to make a batch that an arbitrary would not.
 *
 * @category constructors
 * @since 0.1.0
 */
export const not = <S>(formula: Formula<Predicate<S>>): Formula<Predicate<S>> => ({ _tag: "Not", formula })

/**
 * Both hold. Batches that are made hold what the left makes, then what the right makes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const and = <T>(left: Formula<T>, right: Formula<T>): Formula<T> => ({ _tag: "And", left, right })

/**
 * One of them holds, or both.
 *
 * @category constructors
 * @since 0.1.0
 */
export const or = <T>(left: Formula<T>, right: Formula<T>): Formula<T> => ({ _tag: "Or", left, right })

/**
 * Where the left holds, the right does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const implies = <S>(left: Formula<Predicate<S>>, right: Formula<Predicate<S>>): Formula<Predicate<S>> =>
  or(not(left), right)

/**
 * Holds at the next batch. While there is none nothing is decided.
 *
 * @category constructors
 * @since 0.1.0
 */
export const next = <T>(formula: Formula<T>): Formula<T> => ({ _tag: "Next", formula })

/**
 * Holds at each of so many batches, this one the first.
 *
 * @category constructors
 * @since 0.1.0
 */
export const always = <T>(formula: Formula<T>, within?: Within): Formula<T> => release(fails, formula, within)

/**
 * Holds at one of so many batches, this one the first.
 *
 * @category constructors
 * @since 0.1.0
 */
export const eventually = <T>(formula: Formula<T>, within?: Within): Formula<T> => until(holds, formula, within)

/**
 * The right holds at one of so many batches, and the left at each before it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const until = <T>(left: Formula<T>, right: Formula<T>, within?: Within): Formula<T> => ({
  _tag: "Until",
  left,
  right,
  batches: batchesOf(within)
})

/**
 * The right holds at each of so many batches, or at each up to and with one at which the left holds, which releases it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const release = <T>(left: Formula<T>, right: Formula<T>, within?: Within): Formula<T> => ({
  _tag: "Release",
  left,
  right,
  batches: batchesOf(within)
})

const batchesOf = (within: Within | undefined): number => {
  const batches = within?.batches ?? Infinity
  if (batches !== Infinity && !(Number.isSafeInteger(batches) && batches >= 0)) {
    throw new RangeError(`${batches} is not a number of batches`)
  }
  return batches
}
