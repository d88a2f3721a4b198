import type * as Duration from "effect/Duration"
import { dual } from "effect/Function"
import type * as Schema from "effect/Schema"
import type { Key } from "../batch/Key.ts"
import type { StateStore } from "../store/StateStore.ts"
import type { Bare, BoundOptions, OnMaxKeys } from "./KeyedOptions.ts"
import type { AnyDStream, DStream } from "./Node.ts"
import type { NeedOf } from "./onError.ts"
import { runningTotals } from "./runningTotals.ts"
import type { Stateful } from "./Stateful.ts"

/**
 * How running values per key are kept and shown.
 *
 * @category options
 * @since 0.1.0
 */
export interface RunningOptions<K, out Full extends OnMaxKeys = OnMaxKeys> extends BoundOptions<Full> {
  /** Its identity from start to start: stable, unique in the pipeline. */
  readonly name: string
  /** Writes structural keys down. Needed where keys come from `keyBy` with `encode`, of no use elsewhere. */
  readonly key?: Schema.Codec<Bare<NoInfer<K>>, unknown> | undefined
  /** A key is forgotten in the first batch whose time is later than its last record and this. */
  readonly timeout?: Duration.Input | undefined
  /** Emits the keys of the batch, the default, or all keys every batch. */
  readonly emit?: "changed" | "all" | undefined
}

/**
 * What `runningReduceByKey` combines values with.
 *
 * @category options
 * @since 0.1.0
 */
export interface RunningReduceOptions<K, V, out Full extends OnMaxKeys = OnMaxKeys> extends RunningOptions<K, Full> {
  readonly state: Schema.Codec<V, unknown>
  readonly reduce: (left: NoInfer<V>, right: NoInfer<V>) => NoInfer<V>
}

/**
 * Combines the values of each key over all batches, from the left: pairs in, `[key, combined so far]` out for every key
 * of the batch, in the order in which they first came; with `emit: "all"` for every key there is, those that did not
 * come last, the oldest first. A value that is alone is its own result without a call.
 *
 * What Spark programs write with `updateStateByKey`, at the cost of the batch: one look-up and one call per record.
 *
 * Its keys need not fit into memory: with `StateFiles.layerSqlite` a bounded number of them is held there.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const batches: ReadonlyArray<ReadonlyArray<readonly [string, number]>> = [[["a", 3], ["b", 5]], [["a", 4], ["a", 1]]]
 * const output = await Effect.runPromise(TestPipeline.run(batches, (input) =>
 *   DStream.runningReduceByKey(input, { name: "highest", state: Schema.Number, reduce: Math.max })))
 * output.map((batch) => batch.items) // => [[["a", 3], ["b", 5]], [["a", 4]]]
 * ```
 *
 * @category state
 * @since 0.1.0
 */
export const runningReduceByKey: {
  <K extends Key, V, Full extends OnMaxKeys = "fail">(
    options: RunningReduceOptions<K, V, Full>
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => Stateful<readonly [K, V], K, V, E, R | StateStore | NeedOf<Full>>
  <K extends Key, V, E, R, Full extends OnMaxKeys = "fail">(
    self: DStream<readonly [K, V], E, R>,
    options: RunningReduceOptions<K, V, Full>
  ): Stateful<readonly [K, V], K, V, E, R | StateStore | NeedOf<Full>>
} = dual(2, (self: AnyDStream, options: RunningReduceOptions<unknown, unknown>) =>
  runningTotals(self, "runningReduceByKey", options, options.state, (value) => value, options.reduce))
