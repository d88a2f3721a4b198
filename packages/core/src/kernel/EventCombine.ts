/** How the values of a window of event time become one. */
import type { AnyFunction } from "./Step.ts"

/** All of them leave what they are given as it is. */
export interface EventCombine {
  /** Takes a value and its timestamp. */
  readonly first: AnyFunction
  /** Takes what there is, a value and its timestamp. */
  readonly add: AnyFunction
  readonly merge: AnyFunction
  /** What is told of it. */
  readonly result: AnyFunction
}
