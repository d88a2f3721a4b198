/** One running value per key. */
import type { Primitive } from "../batch/Key.ts"
import { KeyedMemory } from "./KeyedMemory.ts"
import type { Held, KeyedState } from "./KeyedState.ts"
import type { MemoryBatch } from "./Memory.ts"
import type { AnyFunction } from "./Step.ts"

export class TotalMemory extends KeyedMemory {
  private readonly first: AnyFunction
  private readonly merge: AnyFunction
  private readonly emitsAll: boolean
  /** The keys of the batch, in the order in which they first came. Each holds the number of the batch. */
  private changed: Array<Held> = []
  private batch = 0

  constructor(states: KeyedState, first: AnyFunction, merge: AnyFunction, emitsAll: boolean) {
    super(states)
    this.first = first
    this.merge = merge
    this.emitsAll = emitsAll
  }

  override begin(batch: MemoryBatch): void {
    super.begin(batch)
    this.changed = []
    this.batch++
  }

  add(key: unknown, value: unknown, name: Primitive): void {
    const { batch, changed, states } = this
    let held = states.find(name)
    if (held === undefined) held = states.insert(states.newKey(key, name), name, this.first(value))
    else states.update(held, held.state === undefined ? this.first(value) : this.merge(held.state, value))
    if (held.scratch !== batch) {
      held.scratch = batch
      changed.push(held)
    }
  }

  finish(): ReadonlyArray<unknown> {
    const { batch, changed, out, states } = this
    for (const held of states.takeDue()) states.update(held, undefined)
    for (const { key, state } of changed) if (state !== undefined) out.push([key, state])
    if (!this.emitsAll) return out
    for (const { key, scratch, state } of states.byAge()) {
      if (scratch !== batch && state !== undefined) out.push([key, state])
    }
    return out
  }
}
