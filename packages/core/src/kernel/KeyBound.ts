/** How many keys a window may hold. */
import { TooManyKeys } from "./TooManyKeys.ts"

export interface KeyBound {
  /** The user's name for the operator. */
  readonly operator: string
  readonly maxKeys: number
}

/** A window held that many, and there came another. */
export const tooManyKeys = ({ maxKeys, operator }: KeyBound): TooManyKeys =>
  new TooManyKeys(operator, maxKeys, "take a shorter window or fewer keys, or raise maxKeys")
