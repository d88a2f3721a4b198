/** The slots of keys by their names. */
import type { Primitive } from "../batch/Key.ts"

export class SlotIndex {
  private readonly slots = new Map<Primitive, number>()
  /** Slots of the records to come, from `at` on. */
  private readonly ahead: Array<number> = []
  private at = 0
  private count = 0

  /** 0 for a name that is not there. */
  get(name: Primitive): number {
    return this.slots.get(name) ?? 0
  }

  set(name: Primitive, slot: number): void {
    this.slots.set(name, slot)
  }

  /** Takes the name away, unless it has another slot by now. */
  delete(name: Primitive, slot: number): void {
    if (this.slots.get(name) === slot) this.slots.delete(name)
  }

  /** Nothing is done between look-ups, so that what is far away in memory comes for many at a time. */
  lookAhead(names: ReadonlyArray<Primitive>, count: number): void {
    const { ahead, slots } = this
    for (let i = 0; i < count; i++) ahead[i] = slots.get(names[i]!) ?? 0
    this.at = 0
    this.count = count
  }

  /** The slot of the next record as it was then; 0 where that is not known. */
  next(): number {
    return this.at < this.count ? this.ahead[this.at++]! : 0
  }

  /** No record that was looked for comes. */
  forget(): void {
    this.at = this.count = 0
  }
}
