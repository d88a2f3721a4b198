import { dual } from "effect/Function"
import type { BatchTime } from "../batch/BatchTime.ts"
import type { Key } from "../batch/Key.ts"
import { PartitionMemory } from "../kernel/UpdateMemory.ts"
import type { StateStore } from "../store/StateStore.ts"
import { boundProblems, keyedStateOf, type KeyedStateOptions } from "./KeyedOptions.ts"
import { type AnyDStream, type DStream, remember } from "./Node.ts"
import { type Stateful, stateful } from "./Stateful.ts"

/**
 * What `updateStateByKeyPartition` does with all keys.
 *
 * @category options
 * @since 0.1.0
 */
export interface UpdatePartitionOptions<K, in V, S> extends Omit<KeyedStateOptions<K, S>, "onMaxKeys"> {
  /** All keys with their states from now on. What is not among them is forgotten. */
  readonly update: (
    entries: Iterable<readonly [key: K, values: ReadonlyArray<V>, state: NoInfer<S> | undefined]>,
    time: BatchTime
  ) => Iterable<readonly [key: K, state: NoInfer<S>]>
}

/**
 * `updateStateByKey` with one call per batch, over all keys that have state or values: the keys of the batch in the
 * order in which they first came, then all others, the oldest first. Emits the pairs that `update` gives, in its order,
 * and these are the state from then on; it may leave keys out, and give others than it got.
 *
 * The form of Spark's `updateStateByKey` that takes an iterator; state has one partition here, so there is nothing to
 * remember of a partitioner. A key that is given twice is emitted twice and has the state that was given first. The
 * entries can be walked through once. Costs what `updateStateByKey` costs, and a look-up per pair that is given.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const batches: ReadonlyArray<ReadonlyArray<readonly [string, number]>> = [[["a", 1], ["b", 5]], [["b", 6]], []]
 * const output = await Effect.runPromise(TestPipeline.run(batches, (input) =>
 *   DStream.updateStateByKeyPartition(input, {
 *     name: "latest",
 *     state: Schema.Number,
 *     *update(entries) {
 *       for (const [key, values, state] of entries) yield [key, values.at(-1) ?? state ?? 0]
 *     }
 *   })))
 * output.map((batch) => batch.items) // => [[["a", 1], ["b", 5]], [["b", 6], ["a", 1]], [["a", 1], ["b", 6]]]
 * ```
 *
 * @category state
 * @since 0.1.0
 */
export const updateStateByKeyPartition: {
  <K extends Key, V, S>(
    options: UpdatePartitionOptions<K, V, S>
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => Stateful<readonly [K, S], K, S, E, R | StateStore>
  <K extends Key, V, E, R, S>(
    self: DStream<readonly [K, V], E, R>,
    options: UpdatePartitionOptions<K, V, S>
  ): Stateful<readonly [K, S], K, S, E, R | StateStore>
} = dual(2, (self: AnyDStream, options: UpdatePartitionOptions<unknown, unknown, unknown>) => {
  const stateOf = keyedStateOf(options, options.state)
  return stateful(remember(self, {
    op: "updateStateByKeyPartition",
    name: options.name,
    keyed: true,
    keepsKeys: true,
    problems: boundProblems(options),
    remembered: { state: options.state, key: options.key },
    make: (plan) => new PartitionMemory(stateOf(plan), options.update)
  }))
})
