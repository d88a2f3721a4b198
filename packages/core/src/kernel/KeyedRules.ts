/** What keyed state is made with. */
import type { KeyedCodec } from "./keyedCodec.ts"

export interface KeyedRules {
  /** The user's name for the operator. */
  readonly operator: string
  readonly codec: KeyedCodec
  /** Gives the primitive that stands for a structural key; `undefined`: keys are primitives. */
  readonly encode: ((key: unknown) => unknown) | undefined
  readonly initial: ReadonlyArray<readonly [key: unknown, state: unknown]> | undefined
  readonly maxKeys: number
  readonly onMaxKeys: "fail" | "expireOldest" | "dead-letter"
  /** Milliseconds after its last update that a key is due. */
  readonly timeoutMillis: number | undefined
}
