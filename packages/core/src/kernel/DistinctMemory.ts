/** What has been seen. */
import type { Primitive } from "../batch/Key.ts"
import { KeyedMemory } from "./KeyedMemory.ts"
import type { KeyedState } from "./KeyedState.ts"
import type { MemoryBatch } from "./Memory.ts"
import type { AnyFunction } from "./Step.ts"

export class DistinctMemory extends KeyedMemory {
  private readonly by: AnyFunction | undefined
  private readonly withinMillis: number
  /** What was emitted before this is forgotten. */
  private limit = 0

  constructor(states: KeyedState, by: AnyFunction | undefined, withinMillis: number | undefined) {
    super(states)
    this.by = by
    this.withinMillis = withinMillis ?? Infinity
  }

  override begin(batch: MemoryBatch): void {
    super.begin(batch)
    this.limit = batch.time - this.withinMillis
  }

  add(item: unknown): void {
    const { by, out, states } = this
    const name: Primitive = by === undefined ? item : by(item)
    const held = states.find(name)
    if (held === undefined) states.insert(states.newKey(name, name), name, true)
    else if (held.state === undefined) states.update(held, true)
    else if (held.time < this.limit) states.refresh(held)
    else return
    out.push(item)
  }

  finish(): ReadonlyArray<unknown> {
    const { out, states } = this
    for (const held of states.takeDue()) states.update(held, undefined)
    return out
  }
}
