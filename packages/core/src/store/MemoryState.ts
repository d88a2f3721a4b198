/** What one operator remembers, kept in this process. */
import * as Effect from "effect/Effect"
import type { Delta, Operator, OperatorState } from "./OperatorState.ts"
import { StateError } from "./StateError.ts"

/** So many deltas are worth a snapshot. */
const many = 100

export class MemoryState {
  private deltas: ReadonlyArray<Delta> = []
  private batch = 0
  private opened = 0
  private readonly operator: Operator

  constructor(operator: Operator) {
    this.operator = operator
  }

  open(): OperatorState {
    const turn = ++this.opened
    const write = (batch: number, deltas: () => ReadonlyArray<Delta>) =>
      Effect.suspend(() => {
        if (turn !== this.opened) return Effect.fail(this.takenOver())
        this.deltas = deltas()
        this.batch = batch
        return Effect.void
      })
    const batch = () => this.batch
    return {
      get appliedBatch() {
        return batch()
      },
      load: Effect.sync(() => this.deltas),
      apply: (batch, delta) =>
        Effect.suspend(() => batch <= this.batch ? Effect.void : write(batch, () => [...this.deltas, delta])),
      save: (batch, snapshot) => write(batch, () => [snapshot]),
      isSaveDue: () => this.deltas.length > many,
      flush: Effect.void,
      keys: undefined
    }
  }

  private takenOver(): StateError {
    return new StateError({ ...this.operator, path: "memory", reason: { _tag: "StateTakenOver" } })
  }
}
