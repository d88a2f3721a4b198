/** What a window over keys does with what it is given. */
import type { KeyBound } from "./KeyBound.ts"
import type { Pile } from "./Pile.ts"
import type { AnyFunction } from "./Step.ts"
import type { WindowJson } from "./windowJson.ts"

export interface WindowReduceOptions {
  /** What a key's first value in a pane makes of it, and what a later one does. */
  readonly first: (value: unknown) => unknown
  readonly merge: AnyFunction
  readonly pile: (panes: number) => Pile
  /**
   * Whether `merge` may go on in a later batch, on values that earlier ones made: then panes are as long as they can
   * be.
   */
  readonly coarse: boolean
  /** What is emitted; what is kept does not depend on it. */
  readonly filter: ((value: unknown, key: unknown) => boolean) | undefined
  /** Whether only keys are emitted for which a pane came or left since the last emission. */
  readonly changedOnly: boolean
  readonly json: WindowJson
  readonly bound: KeyBound
}
