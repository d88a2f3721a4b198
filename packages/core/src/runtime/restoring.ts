/** What a checkpoint holds of operators, into the memories of a run: under the names and versions of now. */
import * as Effect from "effect/Effect"
import type { Delta, Memory } from "../kernel/Memory.ts"
import type { Plan } from "../plan/Plan.ts"
import type { CheckpointError } from "../store/CheckpointError.ts"
import type { PreparedBatch } from "../store/decideRecovery.ts"
import type { Evolution } from "../store/evolve.ts"
import type { Changed, JournalRecord, Snapshot } from "../store/JournalRecord.ts"
import { storedUntil } from "../store/storedMarker.ts"
import type { Memories } from "./memories.ts"
import { checkpointError, type Checkpointed } from "./rereading.ts"

/** Collects what batches left, in their order, and gives it to memories that have had no batch yet. */
export class Restorer {
  private readonly self: Checkpointed
  private readonly evolution: Evolution
  /** The newest batch that the store of an operator has, where it has one. */
  private readonly appliedTo: (operator: string) => number | undefined
  private readonly remembered: Array<Remembered> = []

  constructor(
    self: Checkpointed,
    evolution: Evolution,
    snapshot: Snapshot | undefined,
    appliedTo: (operator: string) => number | undefined
  ) {
    this.self = self
    this.evolution = evolution
    this.appliedTo = appliedTo
    const batch = snapshot?.batch ?? 0
    for (const { delta, operator } of snapshot?.states ?? []) {
      if (storedUntil(delta) === undefined) this.take([{ batch, delta, operator }], 0)
    }
  }

  batch({ changes, era }: PreparedBatch): void {
    this.take(changes, era)
  }

  /** In order: what the checkpoint holds. */
  get all(): ReadonlyArray<Remembered> {
    return this.remembered
  }

  /** A batch that came out anew in this run. */
  adopted(records: ReadonlyArray<JournalRecord>): void {
    for (const record of records) if (record._tag === "Changed") this.remembered.push(record)
  }

  into(memories: Memories): Effect.Effect<void, CheckpointError> {
    return Effect.suspend(() => {
      const byOperator = operatorsOf(this.self.plan, memories)
      for (const { batch, delta, operator } of this.remembered) {
        if (batch <= (this.appliedTo(operator) ?? -1)) continue
        try {
          byOperator.get(operator)?.restore(delta as Delta, batch)
        } catch {
          // What the schema says of it would show what is in it.
          return Effect.fail(unreadable(this.self, operator))
        }
      }
      return Effect.void
    })
  }

  private take(states: ReadonlyArray<Remembered>, era: number): void {
    for (const { batch, delta, operator } of states) {
      const name = this.evolution.nameOf(operator, era)
      if (name !== undefined) this.remembered.push({ batch, operator: name, delta })
    }
  }
}

type Remembered = Pick<Changed, "batch" | "operator" | "delta">

const unreadable = (self: Checkpointed, operator: string): CheckpointError =>
  checkpointError(self, {
    _tag: "CheckpointIncompatible",
    changes: [{
      _tag: "StateChanged",
      name: operator,
      count: 1,
      problem: `What operator ${JSON.stringify(operator)} remembers has the form of its schema, and is refused by it`,
      remedy: `Keep the old schema and add the new one with State.next, or start it empty under another name`
    }]
  })

const operatorsOf = (plan: Plan, memories: Memories): ReadonlyMap<string, Memory> => {
  const found = new Map<string, Memory>()
  for (const stage of plan.stages) {
    if (stage._tag !== "Fused" || stage.memory === undefined) continue
    const memory = memories.get(stage.slot)
    if (memory !== undefined) found.set(stage.memory.operator, memory)
  }
  return found
}
