/** One running value per key. */
import type { Primitive } from "../batch/Key.ts"
import { KeyedMemory } from "./KeyedMemory.ts"
import type { KeyStates } from "./KeyStates.ts"
import type { MemoryBatch } from "./Memory.ts"
import { SlotList } from "./SlotList.ts"
import type { AnyFunction } from "./Step.ts"

export class TotalMemory extends KeyedMemory {
  private readonly first: AnyFunction
  private readonly merge: AnyFunction
  private readonly emitsAll: boolean
  /** The keys of the batch, in the order in which they first came. */
  private readonly changed = new SlotList()

  constructor(states: KeyStates, first: AnyFunction, merge: AnyFunction, emitsAll: boolean) {
    super(states)
    this.first = first
    this.merge = merge
    this.emitsAll = emitsAll
  }

  override begin(batch: MemoryBatch): void {
    super.begin(batch)
    this.changed.clear()
  }

  add(key: unknown, value: unknown, name: Primitive): void {
    const { changed, states } = this
    const slot = states.findNext(name)
    if (slot === 0) return changed.add(states.insert(states.newKey(key, name), name, this.first(value)))
    const state = states.stateOf(slot)
    const place = changed.placeOf(slot)
    const now = states.update(slot, state === undefined ? this.first(value) : this.merge(state, value))
    if (place < 0) changed.add(now)
    else if (now !== slot) changed.replace(place, now)
  }

  finish(): ReadonlyArray<unknown> {
    const { changed, out, states } = this
    for (const slot of states.takeDue()) states.update(slot, undefined)
    for (let i = 0; i < changed.count; i++) this.emit(changed.slot(i))
    if (!this.emitsAll) return out.take()
    states.each((key, state, slot) => {
      if (!changed.has(slot)) out.add([key, state])
    })
    return out.take()
  }

  private emit(slot: number): void {
    const state = this.states.stateOf(slot)
    if (state !== undefined) this.out.add([this.states.keyOf(slot), state])
  }
}
