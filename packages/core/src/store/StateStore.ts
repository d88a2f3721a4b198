/**
 * The service behind what operators remember.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { MemoryState } from "./MemoryState.ts"
import type { Operator, OperatorState } from "./OperatorState.ts"
import type { StateError } from "./StateError.ts"

/**
 * Where operator state comes from when a pipeline starts, and where it goes. While the pipeline runs it lives in the
 * engine as live objects: all of it, or, where the store is opened by key, the keys that are used most.
 *
 * @category services
 * @since 0.1.0
 */
export class StateStore extends Context.Service<StateStore, {
  /**
   * `"batches"`: each batch is applied once the outputs have it, and later processes find it. `"runs"`: what is
   * remembered is saved when a run ends, and nothing is written down before.
   */
  readonly keeps: "batches" | "runs"
  /**
   * Opens what an operator remembers, for as long as the scope lives. One run at a time has it: what a run opened before
   * fails from then on. `byKey` says that deltas have a `KeyedRest`, and that the operator reads key by key where it can.
   */
  readonly open: (
    operator: Operator,
    options: { readonly byKey: boolean }
  ) => Effect.Effect<OperatorState, StateError, Scope.Scope>
}>()("@millrace/core/store/StateStore") {
  /**
   * Keeps state in this process: a pipeline that is stopped and started again under the same layer goes on where it
   * was; a process that ends forgets.
   */
  static readonly layerMemory: Layer.Layer<StateStore> = Layer.sync(StateStore, () => {
    const states = new Map<string, MemoryState>()
    return StateStore.of({
      keeps: "runs",
      open: (operator) =>
        Effect.sync(() => {
          const name = JSON.stringify([operator.pipeline, operator.operator])
          const state = states.get(name) ?? new MemoryState(operator)
          states.set(name, state)
          return state.open()
        })
    })
  })
}
