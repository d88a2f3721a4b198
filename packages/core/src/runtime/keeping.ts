/** Without a checkpoint: what is remembered is taken back from the store, and given to it once the outputs have a batch. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Plan } from "../plan/Plan.ts"
import type { OperatorState } from "../store/OperatorState.ts"
import type { StateError } from "../store/StateError.ts"
import type { StateStore } from "../store/StateStore.ts"
import type { Cut } from "./cut.ts"
import { type Memories, rememberingIn, stateFailed, type States } from "./memories.ts"
import type { PipelineError } from "./PipelineError.ts"
import { deltaOf } from "./prepare.ts"
import { unwritable } from "./unwritable.ts"
import type { Memory } from "../kernel/Memory.ts"

export interface Keeping {
  /** The newest batch that the store has; 0 without one. */
  readonly lastBatch: number
  /** The outputs have the batch; the memories hold it open. */
  readonly apply: (cut: Cut) => Effect.Effect<void, PipelineError<unknown>>
  /** After the memories have taken it as done. */
  readonly applied: (cut: Cut) => Effect.Effect<void, PipelineError<unknown>>
}

interface Entry {
  readonly operator: string
  readonly memory: Memory
  readonly state: OperatorState
}

export const keepInStore = Effect.fnUntraced(function*(
  plan: Plan,
  memories: Memories,
  states: States,
  keeps: StateStore["Service"]["keeps"]
) {
  const asPipelineError = Effect.mapError((error: StateError) => stateFailed(plan, error))
  const entries = rememberingIn(plan).flatMap(({ memory: { operator }, slot }): ReadonlyArray<Entry> => {
    const memory = memories.get(slot)
    const state = states.get(slot)
    return memory === undefined || state === undefined ? [] : [{ operator, memory, state }]
  })
  for (const { memory, state } of entries) {
    if (state.keys !== undefined) continue
    for (const delta of yield* asPipelineError(state.load)) memory.restore(delta)
  }
  return keeps === "runs" ? yield* keepRuns(entries) : keepBatches(plan, entries, asPipelineError)
})

/** All of it is saved when the scope closes, as it was after the last batch that was delivered. */
const keepRuns = Effect.fnUntraced(function*(entries: ReadonlyArray<Entry>) {
  let last = 0
  for (const { memory, state } of entries) {
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => state.save(last, memory.snapshot())).pipe(
        Effect.catch((error) => Effect.logWarning(`${error.message}. Nothing of this run was saved`))
      )
    )
  }
  const keeping: Keeping = {
    lastBatch: 0,
    apply: () => Effect.void,
    applied: ({ info }) =>
      Effect.sync(() => {
        last = info.id
      })
  }
  return keeping
})

const keepBatches = (
  plan: Plan,
  entries: ReadonlyArray<Entry>,
  asPipelineError: <A>(effect: Effect.Effect<A, StateError>) => Effect.Effect<A, PipelineError<unknown>>
): Keeping => ({
  lastBatch: Math.max(0, ...entries.map(({ state }) => state.appliedBatch)),
  apply: (cut) =>
    Effect.forEach(entries, ({ memory, operator, state }) => {
      const delta = Result.try(() => deltaOf(operator, memory))
      if (Result.isFailure(delta)) return Effect.fail(unwritable(plan.pipeline, cut, delta.failure))
      // Also one that changes nothing: the next run goes on with the next id.
      return asPipelineError(state.apply(cut.info.id, delta.success))
    }, { discard: true }),
  applied: (cut) =>
    Effect.forEach(entries, ({ memory, state }) => {
      memory.applied?.(cut.info.id)
      return state.isSaveDue()
        ? asPipelineError(Effect.suspend(() => state.save(cut.info.id, memory.snapshot())))
        : Effect.void
    }, { discard: true })
})
