import { dual } from "effect/Function"
import type * as Schema from "effect/Schema"
import type { Key } from "../batch/Key.ts"
import { Concatenation } from "../kernel/Pile.ts"
import { WindowReduce } from "../kernel/WindowReduce.ts"
import type { StateStore } from "../store/StateStore.ts"
import { codecOf, listCodec } from "./jsonCodec.ts"
import { boundProblems } from "./KeyedOptions.ts"
import { type AnyDStream, type DStream, remember } from "./Node.ts"
import { boundOf, durationsOf, type WindowBoundOptions, type WindowKeyOptions, type WindowOptions } from "./WindowOptions.ts"

/**
 * What `groupByKeyAndWindow` is told.
 *
 * @category options
 * @since 0.1.0
 */
export interface GroupWindowOptions<in out K, in out V> extends WindowOptions, WindowKeyOptions<K>, WindowBoundOptions {
  /** Writes values down, so that a pipeline that starts again has its window. */
  readonly value: Schema.Codec<V, unknown>
}

/**
 * All values that each key has in the last `windowDuration`, oldest first, every `slideDuration`: `[key, values]` at
 * time t for (t - windowDuration, t]. First the keys of the batch as it showed them, then the others, the one longest
 * in the window first. A key leaves with its last value. The first windows are of what there is so far; with a slide
 * longer than the window, what comes between two windows is dropped.
 *
 * Keeps every value of a window and copies them all each time it speaks: where they are only combined,
 * `reduceByKeyAndWindow` is many times cheaper.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[["a", 1]], [["b", 2], ["a", 3]], []], (input) =>
 *   DStream.groupByKeyAndWindow(input, { name: "two seconds", windowDuration: "2 seconds", value: Schema.Number })))
 * output.map((batch) => batch.items) // => [[["a", [1]]], [["b", [2]], ["a", [1, 3]]], [["a", [3]], ["b", [2]]]]
 * ```
 *
 * @category windows
 * @since 0.1.0
 */
export const groupByKeyAndWindow: {
  <K extends Key, V>(
    options: GroupWindowOptions<K, V>
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, ReadonlyArray<V>], E, R | StateStore>
  <K extends Key, V, E, R>(
    self: DStream<readonly [K, V], E, R>,
    options: GroupWindowOptions<K, V>
  ): DStream<readonly [K, ReadonlyArray<V>], E, R | StateStore>
} = dual(2, (self: AnyDStream, options: GroupWindowOptions<unknown, unknown>) => {
  const { key, name, value } = options
  const json = { value: listCodec(codecOf(value)), key: key === undefined ? undefined : codecOf(key) }
  return remember(self, {
    op: "groupByKeyAndWindow",
    name,
    keyed: true,
    keepsKeys: true,
    window: durationsOf(options),
    remembered: { state: value, key, perBatch: true },
    problems: boundProblems(options),
    make: (plan) =>
      new WindowReduce(plan, {
        first: (value) => [value],
        merge: append,
        pile: () => new Concatenation(),
        coarse: false,
        filter: undefined,
        changedOnly: false,
        json,
        bound: boundOf(options)
      })
  })
})

/** In place: a pane is of one batch, so nothing but that batch has seen the array. */
const append = (values: Array<unknown>, value: unknown): Array<unknown> => {
  values.push(value)
  return values
}
