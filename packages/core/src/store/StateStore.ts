/**
 * The service behind what operators remember.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Primitive } from "../batch/Key.ts"

/**
 * Which operator of which pipeline: both names are the user's and stay the same from start to start.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operator {
  readonly pipeline: string
  readonly operator: string
}

/**
 * What is remembered under a name within an operator, as JSON.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = readonly [name: Primitive, value: unknown]

/**
 * Where operator state comes from when a pipeline starts and goes to when it stops. While the pipeline runs the state
 * lives in the engine, as live objects.
 *
 * @category services
 * @since 0.1.0
 */
export class StateStore extends Context.Service<StateStore, {
  /** What `save` was given last, or nothing. */
  readonly load: (operator: Operator) => Effect.Effect<ReadonlyArray<Entry>>
  readonly save: (operator: Operator, entries: ReadonlyArray<Entry>) => Effect.Effect<void>
}>()("@millrace/core/store/StateStore") {
  /**
   * Keeps state in this process: a pipeline that is stopped and started again under the same layer goes on where it
   * was; a process that ends forgets.
   */
  static readonly layerMemory: Layer.Layer<StateStore> = Layer.sync(StateStore, () => {
    const saved = new Map<string, ReadonlyArray<Entry>>()
    const name = ({ operator, pipeline }: Operator) => JSON.stringify([pipeline, operator])
    return StateStore.of({
      load: (operator) => Effect.sync(() => saved.get(name(operator)) ?? []),
      save: (operator, entries) => Effect.sync(() => void saved.set(name(operator), entries))
    })
  })
}
