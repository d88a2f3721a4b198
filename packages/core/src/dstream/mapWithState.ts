import type * as Duration from "effect/Duration"
import { dual } from "effect/Function"
import type { BatchTime } from "../batch/BatchTime.ts"
import type { Key } from "../batch/Key.ts"
import { MapMemory } from "../kernel/MapMemory.ts"
import type { StateStore } from "../store/StateStore.ts"
import { boundProblems, durationProblems, keyStatesOf, type KeyedStateOptions, type OnMaxKeys, refusalOf } from "./KeyedOptions.ts"
import { type AnyDStream, type DStream, type Item, remember } from "./Node.ts"
import type { NeedOf } from "./onError.ts"
import { type Stateful, stateful } from "./Stateful.ts"

/**
 * What `mapWithState` does with a record and its key's state.
 *
 * @category options
 * @since 0.1.0
 */
export interface MapWithStateOptions<K, in V, S, out B, out T, out Full extends OnMaxKeys = OnMaxKeys>
  extends KeyedStateOptions<K, S, Full>
{
  /**
   * The key's next state and what to emit. `undefined` as the next state forgets the key; without a second element
   * nothing is emitted. `time` is the batch's.
   */
  readonly step: (
    value: V,
    state: NoInfer<S> | undefined,
    key: K,
    time: BatchTime
  ) => readonly [state: NoInfer<S> | undefined, emit?: B]
  /** A key is forgotten in the first batch whose time is later than its last update and this. */
  readonly timeout?: Duration.Input | undefined
  /** What to emit for a key that is forgotten because of `timeout` or `onMaxKeys`. */
  readonly onTimeout?: ((state: NoInfer<S>, key: K, time: BatchTime) => T) | undefined
  /** Whether a record whose step gives back the very state that it was given counts as an update. Defaults to false. */
  readonly refreshOnRead?: boolean | undefined
  /**
   * `"spark"`: as Spark does it, every record of a key counts as an update, and timeouts are looked for in every tenth
   * batch only, at multiples of ten intervals.
   */
  readonly semantics?: "spark" | undefined
}

/**
 * State per key that changes record by record: pairs `[key, value]` in, what `step` emits out. Spark's `mapWithState`;
 * the only operator with state whose cost does not grow with what is stored.
 *
 * `step` is called for each record in the order of arrival and sees what the record before it left. Emitted is what it
 * says, in that order; then what `onTimeout` says of the keys that are due, the oldest key first. A key is due in the
 * first batch, empty or not, whose time is strictly later than its last update plus `timeout`; a record that comes in
 * that very batch goes first and may keep the key alive. Spark looks for them in every tenth batch only.
 *
 * An update is a new state, by `Object.is`. A step that gives the very state back has read it, and a read keeps no key
 * alive: where a state often stays what it was, such as `"online"`, say `refreshOnRead: true`, or each record that
 * changes nothing lets the key grow older. (In Spark reads keep keys alive: `semantics: "spark"`.)
 *
 * A state must not be changed in place: what a batch did is taken back when it fails. `initialState` is there before the
 * first batch, and never again once the pipeline was stopped and started. Costs one look-up and one call per record, and
 * one encoding per key that a batch changed; timeouts cost nothing per record.
 *
 * Its keys need not fit into memory: with `StateFiles.layerSqlite` a bounded number of them is held there.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const batches: ReadonlyArray<ReadonlyArray<readonly [string, number]>> = [[["a", 1], ["b", 5]], [["a", 2]], [], []]
 * const output = await Effect.runPromise(TestPipeline.run(batches, (input) =>
 *   DStream.mapWithState(input, {
 *     name: "totals",
 *     state: Schema.Number,
 *     timeout: "1 second",
 *     step: (n, total, key) => [(total ?? 0) + n, `${key}: ${(total ?? 0) + n}`],
 *     onTimeout: (total, key) => `${key} ended with ${total}`
 *   })))
 * output.map((batch) => batch.items)
 * // => [["a: 1", "b: 5"], ["a: 3"], ["b ended with 5"], ["a ended with 3"]]
 * ```
 *
 * @category state
 * @since 0.1.0
 */
export const mapWithState: {
  <K extends Key, V, S, B extends Item = never, T extends Item = never, Full extends OnMaxKeys = "fail">(
    options: MapWithStateOptions<K, V, S, B, T, Full>
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => Stateful<B | T, K, S, E, R | StateStore | NeedOf<Full>>
  <K extends Key, V, E, R, S, B extends Item = never, T extends Item = never, Full extends OnMaxKeys = "fail">(
    self: DStream<readonly [K, V], E, R>,
    options: MapWithStateOptions<K, V, S, B, T, Full>
  ): Stateful<B | T, K, S, E, R | StateStore | NeedOf<Full>>
} = dual(2, (self: AnyDStream, options: MapWithStateOptions<unknown, unknown, unknown, unknown, unknown>) => {
  const isSpark = options.semantics === "spark"
  const stateOf = keyStatesOf(options, options.state, options.timeout)
  return stateful(remember(self, {
    op: "mapWithState",
    name: options.name,
    keyed: true,
    onMaxKeys: refusalOf(options),
    problems: [...boundProblems(options), ...durationProblems("timeout", options.timeout)],
    remembered: { state: options.state, key: options.key, byKey: true },
    make: (plan) =>
      new MapMemory(stateOf(plan), {
        step: options.step,
        onTimeout: options.onTimeout,
        refreshOnRead: isSpark || (options.refreshOnRead ?? false),
        timeoutEveryMillis: isSpark ? plan.slideMillis * sparkCheckpointBatches : 1
      })
  }))
})

/** Spark looks for timeouts where it writes the state down. */
const sparkCheckpointBatches = 10
