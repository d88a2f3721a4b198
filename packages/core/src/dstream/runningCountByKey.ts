import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import type { Key } from "../batch/Key.ts"
import type { StateStore } from "../store/StateStore.ts"
import type { AnyDStream, DStream } from "./Node.ts"
import type { OnMaxKeys } from "./KeyedOptions.ts"
import type { NeedOf } from "./onError.ts"
import type { RunningOptions } from "./runningReduceByKey.ts"
import { runningTotals } from "./runningTotals.ts"
import type { Stateful } from "./Stateful.ts"

/**
 * How many records each key has had in all batches: pairs in, whatever their values, `[key, count so far]` out for every
 * key of the batch, in the order in which they first came; with `emit: "all"` for every key there is, those that did not
 * come last, the oldest first.
 *
 * Costs one look-up and an addition per record. The word count that goes on from batch to batch, as Spark's example
 * writes it with `updateStateByKey`.
 *
 * Its keys need not fit into memory: with `StateFiles.layerSqlite` a bounded number of them is held there.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["to be"], ["or not to be"]], (input) =>
 *   input.pipe(DStream.split(" "), DStream.keyBy((word) => word), DStream.runningCountByKey({ name: "words" }))))
 * output.map((batch) => batch.items)
 * // => [[["to", 1], ["be", 1]], [["or", 1], ["not", 1], ["to", 2], ["be", 2]]]
 * ```
 *
 * @category state
 * @since 0.1.0
 */
export const runningCountByKey: {
  <K extends Key, Full extends OnMaxKeys = "fail">(
    options: RunningOptions<K, Full>
  ): <E, R>(
    self: DStream<readonly [K, unknown], E, R>
  ) => Stateful<readonly [K, number], K, number, E, R | StateStore | NeedOf<Full>>
  <K extends Key, E, R, Full extends OnMaxKeys = "fail">(
    self: DStream<readonly [K, unknown], E, R>,
    options: RunningOptions<K, Full>
  ): Stateful<readonly [K, number], K, number, E, R | StateStore | NeedOf<Full>>
} = dual(2, (self: AnyDStream, options: RunningOptions<unknown>) =>
  runningTotals(self, "runningCountByKey", options, Schema.Number, () => 1, (count: number) => count + 1))
