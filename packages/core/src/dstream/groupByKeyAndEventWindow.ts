import { dual } from "effect/Function"
import type * as Schema from "effect/Schema"
import type { Key } from "../batch/Key.ts"
import { type Bag, bagOf, join, ordered } from "../kernel/EventValues.ts"
import type { StateStore } from "../store/StateStore.ts"
import type { EventWindowed, EventWindowOptions, Timestamped } from "./EventTime.ts"
import { type AnyEventWindowOptions, eventWindows } from "./eventWindows.ts"
import { codecOf, listCodec } from "./jsonCodec.ts"

/**
 * How `groupByKeyAndEventWindow` writes values down.
 *
 * @category options
 * @since 0.1.0
 */
export interface EventGroupOptions<in out V> {
  readonly value: Schema.Codec<V, unknown>
}

/**
 * All values that each key has in each window of event time, in the order of their timestamps, equal ones as they came.
 * All else is as for `combineByKeyAndEventWindow`.
 *
 * Keeps every value of every open window, and a batch writes down anew all values of the windows that it touched: where
 * values are only combined, `combineByKeyAndEventWindow` is many times cheaper.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const clicks = [[["ann", 4_000], ["ann", 1_000]], [["ann", 9_000], ["ann", 30_000]]] as const
 * const output = await Effect.runPromise(TestPipeline.run(clicks, (input) =>
 *   input.pipe(
 *     DStream.assignTimestamps({ timestamp: (at) => at, outOfOrderness: "5 seconds" }),
 *     DStream.groupByKeyAndEventWindow({ name: "sessions", sessionGap: "6 seconds", value: Schema.Number }),
 *     DStream.mapValues(({ value }) => value)
 *   )))
 * output.map((batch) => batch.items) // => [[], [["ann", [1_000, 4_000, 9_000]]]]
 * ```
 *
 * @category event time
 * @since 0.1.0
 */
export const groupByKeyAndEventWindow: {
  <K extends Key, V>(
    options: EventWindowOptions<K> & EventGroupOptions<V>
  ): <E, R>(self: Timestamped<readonly [K, V], E, R>) => EventWindowed<K, V, ReadonlyArray<V>, E, R | StateStore>
  <K extends Key, V, E, R>(
    self: Timestamped<readonly [K, V], E, R>,
    options: EventWindowOptions<K> & EventGroupOptions<V>
  ): EventWindowed<K, V, ReadonlyArray<V>, E, R | StateStore>
} = dual(2, (
  self: Timestamped<unknown, unknown, unknown>,
  options: AnyEventWindowOptions & EventGroupOptions<unknown>
) => {
  const { decode, encode } = codecOf(options.value)
  const stamped = listCodec({
    encode: ([timestamp, value]: readonly [number, unknown]) => [timestamp, encode(value)],
    decode: ([timestamp, value]: readonly [number, unknown]) => [timestamp, decode(value)]
  })
  const json = {
    encode: (bag: Bag) => stamped.encode(ordered(bag)),
    decode: (json: ReadonlyArray<unknown>) => bagOf(stamped.decode(json))
  }
  return eventWindows(self, "groupByKeyAndEventWindow", options, grouping, { state: options.value, value: json })
})

const grouping = {
  first: (value: unknown, timestamp: number): Bag => ({ timestamp, value }),
  add: (bag: Bag, value: unknown, timestamp: number): Bag => join(bag, { timestamp, value }),
  merge: join,
  result: (bag: Bag) => ordered(bag).map(([, value]) => value)
}
