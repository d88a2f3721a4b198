/** Slots in the order in which a batch met them, each once. */

/** There is room for so many at first. */
const few = 64

/**
 * A sparse set: a slot says where it would be in the list, and is there if the list says the same. So there is nothing
 * to clear that is as large as what is held.
 */
export class SlotList {
  count = 0
  private slots = new Int32Array(few)
  private places = new Int32Array(few)

  slot(place: number): number {
    return this.slots[place]!
  }

  /** Where the slot is; -1: nowhere. */
  placeOf(slot: number): number {
    const place = slot < this.places.length ? this.places[slot]! : 0
    return place < this.count && this.slots[place] === slot ? place : -1
  }

  has(slot: number): boolean {
    return this.placeOf(slot) >= 0
  }

  /** Adds a slot that is not there. */
  add(slot: number): void {
    if (this.count === this.slots.length) this.slots = roomFor(this.count, this.slots)
    this.replace(this.count++, slot)
  }

  /** Puts a slot in the place of another. */
  replace(place: number, slot: number): void {
    if (slot >= this.places.length) this.places = roomFor(slot, this.places)
    this.slots[place] = slot
    this.places[slot] = place
  }

  clear(): void {
    this.count = 0
  }
}

const roomFor = (index: number, numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
  const larger = new Int32Array(Math.max(index + 1, numbers.length * 2))
  larger.set(numbers)
  return larger
}
