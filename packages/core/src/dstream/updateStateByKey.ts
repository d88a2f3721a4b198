import { dual } from "effect/Function"
import type { BatchTime } from "../batch/BatchTime.ts"
import type { Key } from "../batch/Key.ts"
import { UpdateMemory } from "../kernel/UpdateMemory.ts"
import type { StateStore } from "../store/StateStore.ts"
import { boundProblems, keyedStateOf, type KeyedStateOptions } from "./KeyedOptions.ts"
import { type AnyDStream, type DStream, remember } from "./Node.ts"
import { type Stateful, stateful } from "./Stateful.ts"

/**
 * What `updateStateByKey` does with the values of a key and its state.
 *
 * @category options
 * @since 0.1.0
 */
export interface UpdateStateOptions<K, in V, S> extends Omit<KeyedStateOptions<K, S>, "onMaxKeys"> {
  /** The key's next state, from the values that came for it, which may be none; `undefined` forgets the key. */
  readonly update: (
    values: ReadonlyArray<V>,
    state: NoInfer<S> | undefined,
    key: K,
    time: BatchTime
  ) => NoInfer<S> | undefined
}

/**
 * State per key that is brought up to date once per batch: pairs `[key, value]` in, `[key, state]` of every key that has
 * state out. Spark's `updateStateByKey`, all its variants but the one over whole partitions, which is
 * `updateStateByKeyPartition`.
 *
 * `update` is called in every batch for every key that has state or values, with an empty list where no values came.
 * Keys come out in the order in which the batch first showed them, then all others, the oldest first. `initialState` is
 * there before the first batch and goes through `update` in it, with or without values.
 *
 * Costs a call and a pair per key that is *stored*, every batch: a million keys take a tenth of a second. Where only the
 * keys of the batch matter, `mapWithState` costs what the batch holds. A state must not be changed in place.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const batches: ReadonlyArray<ReadonlyArray<readonly [string, number]>> = [[["a", 1]], [["b", 5], ["b", 6]], [["a", 2]]]
 * const output = await Effect.runPromise(TestPipeline.run(batches, (input) =>
 *   DStream.updateStateByKey(input, {
 *     name: "totals",
 *     state: Schema.Number,
 *     update: (values, total = 0) => values.reduce((sum, n) => sum + n, total)
 *   })))
 * output.map((batch) => batch.items)
 * // => [[["a", 1]], [["b", 11], ["a", 1]], [["a", 3], ["b", 11]]]
 * ```
 *
 * @category state
 * @since 0.1.0
 */
export const updateStateByKey: {
  <K extends Key, V, S>(
    options: UpdateStateOptions<K, V, S>
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => Stateful<readonly [K, S], K, S, E, R | StateStore>
  <K extends Key, V, E, R, S>(
    self: DStream<readonly [K, V], E, R>,
    options: UpdateStateOptions<K, V, S>
  ): Stateful<readonly [K, S], K, S, E, R | StateStore>
} = dual(2, (self: AnyDStream, options: UpdateStateOptions<unknown, unknown, unknown>) => {
  const stateOf = keyedStateOf(options, options.state)
  return stateful(remember(self, {
    op: "updateStateByKey",
    name: options.name,
    keyed: true,
    keepsKeys: true,
    problems: boundProblems(options),
    remembered: { state: options.state, key: options.key },
    make: (plan) => new UpdateMemory(stateOf(plan), options.update)
  }))
})
