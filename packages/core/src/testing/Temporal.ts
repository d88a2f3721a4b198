/**
 * Temporal properties: formulas over a sequence of batches. A formula over predicates is checked against batches that
 * came; a formula over arbitraries makes batches that fulfil it. Time is counted in batches, the current one included.
 *
 * @stability unstable
 * @since 0.1.0
 */
export {
  always,
  and,
  eventually,
  fails,
  type Formula,
  holds,
  implies,
  next,
  not,
  now,
  or,
  type Predicate,
  release,
  until,
  type Within
} from "./formula.ts"
export { type HoldsOptions, law, type Observed } from "./temporalLaw.ts"
export { evaluate, type Verdict } from "./temporalVerdict.ts"
export { words, type WordsOptions } from "./temporalWords.ts"
