import type { Held } from "./Held.ts"

/** Longer arrays are not kept for the next batch. */
const longest = 65_536

/**
 * The keys that a batch touched, each once, and beside each what it was before. The arrays go from batch to batch:
 * to let them grow anew costs more than all else that is done to a key.
 */
export class Touched {
  count = 0
  private keys: Array<Held | undefined> = []
  private states: Array<unknown> = []
  private ats: Array<number> = []
  private borns: Array<number> = []

  add(held: Held): void {
    const index = this.count++
    this.keys[index] = held
    this.states[index] = held.state
    this.ats[index] = held.at
    this.borns[index] = held.born
  }

  key(index: number): Held {
    return this.keys[index]!
  }

  wasThere(index: number): boolean {
    return this.states[index] !== undefined
  }

  /** Whether the key has a state and is not as it was. */
  isChanged(index: number, { at, born, state }: Held): boolean {
    return state !== undefined && (state !== this.states[index] || at !== this.ats[index] || born !== this.borns[index])
  }

  /** Makes the key what it was; says whether it was born again. */
  undo(index: number, held: Held): boolean {
    const wasReborn = held.born !== this.borns[index]
    held.state = this.states[index]
    held.at = this.ats[index]!
    held.born = this.borns[index]!
    return wasReborn
  }

  clear(): void {
    const { count } = this
    this.count = 0
    if (count <= longest) {
      this.keys.fill(undefined, 0, count)
      this.states.fill(undefined, 0, count)
      return
    }
    this.keys = []
    this.states = []
    this.ats = []
    this.borns = []
  }
}
