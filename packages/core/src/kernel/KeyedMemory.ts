/** What every stage with state per key has in common: its state is written down, taken back and rolled back the same. */
import type { Primitive } from "../batch/Key.ts"
import { Emitted } from "./Emitted.ts"
import type { KeyStates } from "./KeyStates.ts"
import type { Delta, Memory, MemoryBatch } from "./Memory.ts"

export abstract class KeyedMemory<States extends KeyStates = KeyStates> implements Memory {
  protected readonly states: States
  /** What the batch emits. */
  protected readonly out = new Emitted()

  constructor(states: States) {
    this.states = states
  }

  abstract add(first: unknown, value?: unknown, name?: unknown): void

  abstract finish(): ReadonlyArray<unknown>

  begin(batch: MemoryBatch): void {
    this.states.begin(batch.time, batch.id)
    this.out.begin()
  }

  lookAhead(names: ReadonlyArray<Primitive>, count: number): void {
    this.states.lookAhead(names, count)
  }

  delta(): Delta {
    return this.states.delta()
  }

  commit(): void {
    this.states.commit()
    this.out.clear()
  }

  rollback(): void {
    this.states.rollback()
    this.out.clear()
  }

  snapshot(): Delta {
    return this.states.snapshot()
  }

  restore(delta: Delta, batch = 0): void {
    this.states.restore(delta, batch)
  }

  applied(batch: number): void {
    this.states.applied(batch)
  }

  /** All `[key, state]` by age. */
  recall(): ReadonlyArray<unknown> {
    const pairs: Array<unknown> = []
    this.states.each((key, state) => pairs.push([key, state]))
    return pairs
  }
}
