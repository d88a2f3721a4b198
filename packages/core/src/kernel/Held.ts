import type { Primitive } from "../batch/Key.ts"

/**
 * A key and its state. What a batch reads and writes of it stands together, and small enough that there is no second
 * trip to memory for it: with a million keys every trip counts.
 */
export class Held {
  readonly key: unknown
  /** `undefined`: none, which a commit makes true. */
  state: unknown = undefined
  /** The tick of the batch that updated the state last. */
  at = 0
  touchedBy: number
  /** Orders keys by age: the higher, the younger. 0 before the first birth. */
  born = 0
  /** The primitive that stands for the key. */
  readonly name: Primitive
  filed: number | undefined = undefined
  /** What an operator knows of the key until its batch is over. */
  scratch: unknown = undefined

  constructor(key: unknown, name: Primitive, touchedBy: number) {
    this.key = key
    this.name = name
    this.touchedBy = touchedBy
  }
}
