/** What has been seen. */
import type { Primitive } from "../batch/Key.ts"
import { KeyedMemory } from "./KeyedMemory.ts"
import type { KeyedState } from "./KeyedState.ts"
import type { AnyFunction } from "./Step.ts"

export class DistinctMemory extends KeyedMemory {
  private readonly by: AnyFunction | undefined

  constructor(states: KeyedState, by: AnyFunction | undefined) {
    super(states)
    this.by = by
  }

  add(item: unknown): void {
    const { by, out, states } = this
    const name: Primitive = by === undefined ? item : by(item)
    const held = states.find(name)
    if (held === undefined) states.insert(states.newKey(name, name), name, true)
    else if (held.state === undefined) states.update(held, true)
    else if (states.isDue(held)) states.refresh(held)
    else return
    out.push(item)
  }

  finish(): ReadonlyArray<unknown> {
    const { out, states } = this
    for (const held of states.takeDue()) states.update(held, undefined)
    return out
  }
}
