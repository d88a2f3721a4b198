import { dual } from "effect/Function"
import type * as Schema from "effect/Schema"
import type { Key } from "../batch/Key.ts"
import type { StateStore } from "../store/StateStore.ts"
import type { EventWindowed, EventWindowOptions, Timestamped } from "./EventTime.ts"
import { type AnyEventWindowOptions, eventWindows } from "./eventWindows.ts"

/**
 * What `reduceByKeyAndEventWindow` combines with.
 *
 * @category options
 * @since 0.1.0
 */
export interface EventReduceOptions<in out V> {
  readonly state: Schema.Codec<V, unknown>
  /** Associative and commutative, but for what rounding does; changes neither of the two. */
  readonly reduce: (left: NoInfer<V>, right: NoInfer<V>) => NoInfer<V>
}

/**
 * Combines the values that each key has in each window of event time into one of their kind; a value that is alone is its
 * own result without a call. All else is as for `combineByKeyAndEventWindow`, which is for results of another kind.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const Reading = Schema.Struct({ at: Schema.Number, celsius: Schema.Number })
 * const readings = [[["roof", { at: 1_000, celsius: 20 }], ["roof", { at: 3_000, celsius: 23 }]], [["roof", { at: 5_000, celsius: 21 }]]] as const
 * const output = await Effect.runPromise(TestPipeline.run(readings, (input) =>
 *   input.pipe(
 *     DStream.assignTimestamps({ timestamp: (reading) => reading.at, outOfOrderness: 0 }),
 *     DStream.reduceByKeyAndEventWindow({
 *       name: "warmest",
 *       windowDuration: "4 seconds",
 *       slideDuration: "2 seconds",
 *       state: Reading,
 *       reduce: (left, right) => left.celsius < right.celsius ? right : left
 *     }),
 *     DStream.map(([, { end, value }]) => `until ${end}: ${value.celsius}`)
 *   )))
 * output.map((batch) => batch.items) // => [["until 2000: 20"], ["until 4000: 23"]]
 * ```
 *
 * @category event time
 * @since 0.1.0
 */
export const reduceByKeyAndEventWindow: {
  <K extends Key, V>(
    options: EventWindowOptions<K> & EventReduceOptions<V>
  ): <E, R>(self: Timestamped<readonly [K, V], E, R>) => EventWindowed<K, V, V, E, R | StateStore>
  <K extends Key, V, E, R>(
    self: Timestamped<readonly [K, V], E, R>,
    options: EventWindowOptions<K> & EventReduceOptions<V>
  ): EventWindowed<K, V, V, E, R | StateStore>
} = dual(2, (
  self: Timestamped<unknown, unknown, unknown>,
  options: AnyEventWindowOptions & EventReduceOptions<unknown>
) => {
  const { reduce, state } = options
  const combine = {
    first: (value: unknown) => value,
    add: (combined: unknown, value: unknown) => reduce(combined, value),
    merge: reduce,
    result: (combined: unknown) => combined
  }
  return eventWindows(self, "reduceByKeyAndEventWindow", options, combine, { state })
})
