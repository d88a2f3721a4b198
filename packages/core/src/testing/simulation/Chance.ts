/**
 * All the chance of a simulation: one number in, the same decisions out.
 *
 * @stability unstable
 * @since 0.1.0
 */

/**
 * A stream of decisions that a seed fixes.
 *
 * ```ts import.meta.vitest
 * import { Chance } from "@millrace/core/testing"
 *
 * const draw = () => {
 *   const chance = new Chance(7)
 *   return [chance.int(100), chance.int(100), chance.is(0.5)]
 * }
 * draw() // => draw()
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class Chance {
  private state: number

  constructor(seed: number) {
    this.state = Math.imul(seed, 2654435761) + 1 | 0
    this.next()
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.state = this.state + 0x6d2b79f5 | 0
    const a = Math.imul(this.state ^ this.state >>> 15, this.state | 1)
    const b = a ^ a + Math.imul(a ^ a >>> 7, a | 61)
    return ((b ^ b >>> 14) >>> 0) / 4294967296
  }

  /** A whole number from 0 up to, and without, `end`. */
  int(end: number): number {
    return Math.floor(this.next() * end)
  }

  /** A whole number from `first` to `last`. */
  between(first: number, last: number): number {
    return first + this.int(last - first + 1)
  }

  is(probability: number): boolean {
    return probability > 0 && this.next() < probability
  }

  pick<A>(list: readonly [A, ...ReadonlyArray<A>]): A {
    return list[this.int(list.length)] ?? list[0]
  }
}
