/** What a batch has touched, and how to undo it. */
import { toJson } from "./primitiveJson.ts"
import { doubled, type Slots } from "./Slots.ts"

/** There is room for so many at first. */
const few = 1024

/** Longer arrays are not kept for the next batch. */
const longest = 131_072

/**
 * The keys that were there and that a batch touched, each once, and beside each what it was before. The arrays go from
 * batch to batch: to let them grow anew costs more than all else that is done to a key.
 */
export class Touched {
  count = 0
  private slots = new Int32Array(few)
  /** Has held an `undefined` from the start, so that it never becomes another kind of array. */
  private states: Array<unknown> = [undefined]
  private times = new Float64Array(few)

  add(slot: number, state: unknown, time: number): void {
    const index = this.count++
    if (index >= this.slots.length) this.grow()
    this.slots[index] = slot
    this.states[index] = state
    this.times[index] = time
  }

  /** All keys of that time. */
  addAllOf(slots: Slots, time: number): void {
    const { names, next, states } = slots
    for (let slot = 1; slot < next; slot++) {
      if (slots.timeOf(slot) === time && names[slot] !== undefined) this.add(slot, states[slot], time)
    }
  }

  slot(index: number): number {
    return this.slots[index]!
  }

  /** Those in the list, and behind them these, which are not: a view for as long as nothing is added. */
  slotsAnd(from: number, to: number): ArrayLike<number> {
    const { count } = this
    while (count + to - from > this.slots.length) this.grow()
    for (let slot = from; slot < to; slot++) this.slots[count + slot - from] = slot
    return this.slots
  }

  /**
   * Those in the list and from that slot on that have a state, and are not as they were. `removed` gets the names of
   * those of the list that have none.
   */
  changed(columns: Slots, from: number, removed: Array<unknown>): ReadonlyArray<number> {
    const { names, next, states } = columns
    const rows: Array<number> = []
    for (let i = 0; i < this.count; i++) {
      const slot = this.slots[i]!
      const state = states[slot]
      if (state === undefined) removed.push(toJson(names[slot]!))
      else if (state !== this.states[i] || columns.timeOf(slot) !== this.times[i]) rows.push(slot)
    }
    for (let slot = from; slot < next; slot++) if (states[slot] !== undefined) rows.push(slot)
    return rows
  }

  stateBefore(index: number): unknown {
    return this.states[index]
  }

  timeBefore(index: number): number {
    return this.times[index]!
  }

  clear(): void {
    const { count } = this
    this.count = 0
    if (count <= longest) {
      this.states.fill(undefined, 0, count)
      return
    }
    this.slots = new Int32Array(few)
    this.states = [undefined]
    this.times = new Float64Array(few)
  }
  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2)
    slots.set(this.slots)
    this.slots = slots
    this.times = doubled(this.times)
  }
}
