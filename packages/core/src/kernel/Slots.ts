/** Keys and their states in columns: a key is a number, and costs the collector of garbage nothing. */
import type { Primitive } from "../batch/Key.ts"
import type { SlotIndex } from "./SlotIndex.ts"
import { toJson } from "./primitiveJson.ts"

/** So many slots there is room for at first. */
const few = 16

/**
 * Slots are given out in order and not again, so a key with a higher slot is younger. What a batch reads and writes of a
 * key stands in two columns and close to the keys that came with it: with a million keys every trip to memory counts.
 */
export class Slots {
  /** The slot that the next key gets. Nobody has slot 0: it stands for a key that is not held. */
  next = 1
  /** `undefined`: no state. The column has held an `undefined` from the start, so numbers in it are never repacked. */
  states: Array<unknown> = [undefined]
  /** The primitives that stand for the keys; `undefined` for good where the key is gone. */
  names: Array<Primitive | undefined> = [undefined]
  /** Whether all names that there ever were are JSON as they are. */
  areNamesJson = true
  /** Set where names are not the keys themselves. */
  readonly keys: Array<unknown> | undefined
  /** When the keys were touched last. A time that is not a small integer would be an object of its own elsewhere. */
  private times = new Float64Array(few)

  constructor(structural: boolean) {
    this.keys = structural ? [undefined] : undefined
  }

  add(name: Primitive, key: unknown, state: unknown, time: number): number {
    const slot = this.next++
    this.states[slot] = state
    this.names[slot] = name
    if (this.areNamesJson && typeof name !== "string") this.areNamesJson = toJson(name) === name
    if (this.keys !== undefined) this.keys[slot] = key
    if (slot >= this.times.length) this.times = doubled(this.times)
    this.times[slot] = time
    return slot
  }

  timeOf(slot: number): number {
    return this.times[slot]!
  }

  setTime(slot: number, time: number): void {
    this.times[slot] = time
  }

  keyOf(slot: number): unknown {
    return this.keys === undefined ? this.names[slot] : this.keys[slot]
  }

  /** Forgets a key for good; its slot stays empty. */
  drop(slot: number): void {
    this.states[slot] = this.names[slot] = undefined
    if (this.keys !== undefined) this.keys[slot] = undefined
  }

  /** Takes back the slots from `next` on. */
  truncate(next: number): void {
    this.next = this.states.length = this.names.length = next
    if (this.keys !== undefined) this.keys.length = next
  }

  /** Closes the gaps, and says in the index where keys are now. */
  compact(index: SlotIndex): void {
    const { keys, names, states, times } = this
    let to = 1
    for (let from = 1; from < this.next; from++) {
      const name = names[from]
      if (name === undefined) continue
      names[to] = name
      states[to] = states[from]
      if (keys !== undefined) keys[to] = keys[from]
      times[to] = times[from]!
      index.set(name, to++)
    }
    this.truncate(to)
  }
}

/** The same numbers with as much room again. */
export const doubled = (numbers: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
  const larger = new Float64Array(numbers.length * 2)
  larger.set(numbers)
  return larger.fill(NaN, numbers.length)
}
