/** What every stage with state per key has in common: its state is written down, taken back and rolled back the same. */
import type { KeyedState } from "./KeyedState.ts"
import type { Delta, Entry, Memory, MemoryBatch } from "./Memory.ts"

export abstract class KeyedMemory implements Memory {
  protected readonly states: KeyedState
  /** What the batch emits. */
  protected out: Array<unknown> = []

  constructor(states: KeyedState) {
    this.states = states
  }

  abstract add(first: unknown, value?: unknown, name?: unknown): void

  abstract finish(): ReadonlyArray<unknown>

  begin(batch: MemoryBatch): void {
    this.states.begin(batch.time)
    this.out = []
  }

  delta(): Delta {
    return this.states.delta()
  }

  commit(): void {
    this.states.commit()
    this.out = []
  }

  rollback(): void {
    this.states.rollback()
    this.out = []
  }

  snapshot(): ReadonlyArray<Entry> {
    return this.states.snapshot()
  }

  restore(entries: ReadonlyArray<Entry>): void {
    this.states.restore(entries)
  }

  /** All `[key, state]` by age. */
  recall(): ReadonlyArray<unknown> {
    const pairs: Array<unknown> = []
    for (const { key, state } of this.states.byAge()) if (state !== undefined) pairs.push([key, state])
    return pairs
  }
}
