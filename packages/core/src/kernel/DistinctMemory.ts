/** What has been seen. */
import type { Primitive } from "../batch/Key.ts"
import { KeyedMemory } from "./KeyedMemory.ts"
import type { KeyStates } from "./KeyStates.ts"
import type { AnyFunction } from "./Step.ts"

export class DistinctMemory extends KeyedMemory {
  private readonly by: AnyFunction | undefined

  constructor(states: KeyStates, by: AnyFunction | undefined) {
    super(states)
    this.by = by
  }

  add(item: unknown): void {
    const { by, out, states } = this
    const name: Primitive = by === undefined ? item : by(item)
    const slot = states.find(name)
    if (slot === 0) states.insert(states.newKey(name, name), name, true)
    else if (states.stateOf(slot) === undefined) states.update(slot, true)
    else if (states.isDue(slot)) states.refresh(slot)
    else return
    out.add(item)
  }

  finish(): ReadonlyArray<unknown> {
    const { out, states } = this
    for (const slot of states.takeDue()) states.update(slot, undefined)
    return out.take()
  }
}
