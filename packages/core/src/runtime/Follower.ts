/** With a checkpoint: brings stores that are read key by key up to what the journal has, and says so to the memories. */
import * as Effect from "effect/Effect"
import type { Memory } from "../kernel/Memory.ts"
import type { Plan } from "../plan/Plan.ts"
import type { JournalRecord } from "../store/JournalRecord.ts"
import type { Delta, OperatorState } from "../store/OperatorState.ts"
import { readDelta } from "../store/readDelta.ts"
import type { StateError } from "../store/StateError.ts"
import { type Memories, rememberingIn, type States } from "./memories.ts"

interface Entry {
  readonly memory: Memory
  readonly state: OperatorState
}

/**
 * A store has no way back: a batch goes into it once nobody can ask for what was before it, which is when the journal
 * says, durably, that all outputs have it. Until then the memories hold what it changed.
 */
export class Follower {
  private readonly entries: ReadonlyMap<string, Entry>
  private waiting: Array<{ readonly batch: number; readonly records: ReadonlyArray<JournalRecord> }> = []

  constructor(plan: Plan, memories: Memories, states: States) {
    this.entries = new Map(rememberingIn(plan).flatMap(({ memory: { operator }, slot }) => {
      const memory = memories.get(slot)
      const state = states.get(slot)
      return memory === undefined || state === undefined ? [] : [[operator, { memory, state }]]
    }))
  }

  get isIdle(): boolean {
    return this.entries.size === 0
  }

  /** The newest batch that the store of an operator has; `undefined` where it has none. */
  appliedTo(operator: string): number | undefined {
    return this.entries.get(operator)?.state.appliedBatch
  }

  /** Whether the state before a batch is gone. */
  isPast(batch: number): number | undefined {
    const applied = [...this.entries.values()].map(({ state }) => state.appliedBatch)
    return applied.find((each) => each >= batch)
  }

  /** The journal was told that all outputs have the batch, and need not have written it. */
  delivered(batch: number, records: ReadonlyArray<JournalRecord>): void {
    if (!this.isIdle) this.waiting.push({ batch, records: records.filter((record) => record._tag === "Changed") })
  }

  /** The journal has written what it was told. */
  get apply(): Effect.Effect<void, StateError> {
    return Effect.suspend(() => {
      const { waiting } = this
      if (waiting.length === 0) return Effect.void
      this.waiting = []
      return Effect.forEach(waiting, ({ batch, records }) =>
        Effect.andThen(
          Effect.forEach(records, (record) =>
            record._tag === "Changed" ? this.take(record.operator, batch, record.delta) : Effect.void, { discard: true }),
          Effect.sync(() => {
            for (const { memory } of this.entries.values()) memory.applied?.(batch)
          })
        ), { discard: true })
    })
  }

  /** One that the store has changes nothing. */
  take(operator: string, batch: number, delta: unknown): Effect.Effect<void, StateError> {
    return Effect.suspend(() => this.entries.get(operator)?.state.apply(batch, readDelta(delta)) ?? Effect.void)
  }

  /** Ends when a loss of power takes nothing of the batches up to this one, which were applied where they changed something. */
  flush(batch: number): Effect.Effect<void, StateError> {
    return Effect.forEach(this.entries.values(), ({ state }) =>
      Effect.andThen(state.apply(batch, nothing), state.flush), { discard: true })
  }

  save(operator: string, batch: number, snapshot: Delta): Effect.Effect<void, StateError> {
    return this.entries.get(operator)?.state.save(batch, snapshot) ?? Effect.void
  }
}

const nothing: Delta = { removed: [], names: [], values: [] }
