import { dual } from "effect/Function"
import type * as Schema from "effect/Schema"
import type { Key } from "../batch/Key.ts"
import type { StateStore } from "../store/StateStore.ts"
import type { EventWindowed, EventWindowOptions, Timestamped } from "./EventTime.ts"
import { type AnyEventWindowOptions, eventWindows } from "./eventWindows.ts"

/**
 * What `combineByKeyAndEventWindow` combines with. None of the three may change what it is given, and none may mind in
 * what order records come.
 *
 * @category options
 * @since 0.1.0
 */
export interface EventCombineOptions<in V, in out C> {
  readonly state: Schema.Codec<C, unknown>
  readonly createCombiner: (value: V) => NoInfer<C>
  readonly mergeValue: (combiner: NoInfer<C>, value: V) => NoInfer<C>
  /** For sessions that become one, and for windows that overlap, which are combined from what is between their bounds. */
  readonly mergeCombiners: (left: NoInfer<C>, right: NoInfer<C>) => NoInfer<C>
}

/**
 * Combines the values that each key has in each window of event time: tumbling and sliding windows by `windowDuration` and
 * `slideDuration`, sessions by `sessionGap`. Emits `[key, { start, end, value, replaces }]` in the first batch in which the
 * watermark has passed `end`, windows by their end, then their start, then as they were opened.
 *
 * A record is late for a window when the records before it have taken the watermark to its `end` and `allowedLateness`,
 * whether the window has been emitted or is still to be in the same batch: so it does not matter where batches are cut.
 * Where lateness is allowed, each batch that brings records to a window that was emitted emits it again, whole, and
 * `replaces` says which earlier results it stands for. Records that are late for all their windows are counted
 * (`millrace_late_records_total{pipeline, window, reason}`), and `lateRecords` gives them.
 *
 * Costs one look-up and one call per record, and where windows overlap about three calls of `mergeCombiners` for each
 * key and slide that has something, however many windows cover it. Each key has `windowDuration / slideDuration` windows
 * open, and a batch writes down those that it added to.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const sales = [[{ shop: "north", at: 0, sum: 5 }, { shop: "north", at: 2_000, sum: 6 }], [{ shop: "north", at: 60_000, sum: 1 }]]
 * const output = await Effect.runPromise(TestPipeline.run(sales, (input) =>
 *   input.pipe(
 *     DStream.keyBy((sale) => sale.shop),
 *     DStream.assignTimestamps({ timestamp: (sale) => sale.at, outOfOrderness: "5 seconds" }),
 *     DStream.combineByKeyAndEventWindow({
 *       name: "visits",
 *       sessionGap: "10 seconds",
 *       state: Schema.Number,
 *       createCombiner: (sale) => sale.sum,
 *       mergeValue: (total, sale) => total + sale.sum,
 *       mergeCombiners: (left, right) => left + right
 *     })
 *   )))
 * output.map((batch) => batch.items) // => [[], [["north", { start: 0, end: 12_000, value: 11, replaces: [] }]]]
 * ```
 *
 * @category event time
 * @since 0.1.0
 */
export const combineByKeyAndEventWindow: {
  <K extends Key, V, C>(
    options: EventWindowOptions<K> & EventCombineOptions<V, C>
  ): <E, R>(self: Timestamped<readonly [K, V], E, R>) => EventWindowed<K, V, C, E, R | StateStore>
  <K extends Key, V, E, R, C>(
    self: Timestamped<readonly [K, V], E, R>,
    options: EventWindowOptions<K> & EventCombineOptions<V, C>
  ): EventWindowed<K, V, C, E, R | StateStore>
} = dual(2, (
  self: Timestamped<unknown, unknown, unknown>,
  options: AnyEventWindowOptions & EventCombineOptions<unknown, unknown>
) => {
  const { createCombiner, mergeCombiners, mergeValue, state } = options
  const combine = {
    first: (value: unknown) => createCombiner(value),
    add: (combiner: unknown, value: unknown) => mergeValue(combiner, value),
    merge: mergeCombiners,
    result: (combiner: unknown) => combiner
  }
  return eventWindows(self, "combineByKeyAndEventWindow", options, combine, { state })
})
