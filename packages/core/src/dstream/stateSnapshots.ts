import type { StateStore } from "../store/StateStore.ts"
import { type DStream, fromNode } from "./Node.ts"
import type { Stateful } from "./Stateful.ts"

/**
 * All that a stream with state per key remembers, after every batch: `[key, state]`, the oldest key first. Takes the
 * stream that `mapWithState`, `updateStateByKey`, `runningReduceByKey` or `runningCountByKey` gave, itself and not what
 * `map` made of it.
 *
 * Costs a pair per key that is stored, every batch.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const batches: ReadonlyArray<ReadonlyArray<readonly [string, number]>> = [[["a", 1], ["b", 5]], [], [["a", 2]]]
 * const output = await Effect.runPromise(TestPipeline.run(batches, (input) =>
 *   input.pipe(
 *     DStream.mapWithState({ name: "totals", state: Schema.Number, step: (n, total) => [(total ?? 0) + n] }),
 *     DStream.stateSnapshots
 *   )))
 * output.map((batch) => batch.items) // => [[["a", 1], ["b", 5]], [["a", 1], ["b", 5]], [["a", 3], ["b", 5]]]
 * ```
 *
 * @category state
 * @since 0.1.0
 */
export const stateSnapshots = <A, K, S, E, R>(
  self: Stateful<A, K, S, E, R>
): DStream<readonly [K, S], E, R | StateStore> =>
  fromNode({ _tag: "Recall", op: "stateSnapshots", parent: self.node })
