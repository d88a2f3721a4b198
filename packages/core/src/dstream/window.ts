import { dual } from "effect/Function"
import type * as Schema from "effect/Schema"
import { WindowItems } from "../kernel/WindowItems.ts"
import type { StateStore } from "../store/StateStore.ts"
import { codecOf } from "./jsonCodec.ts"
import { type AnyDStream, type DStream, remember } from "./Node.ts"
import { durationsOf, type WindowOptions } from "./WindowOptions.ts"

/**
 * What `window` is told.
 *
 * @category options
 * @since 0.1.0
 */
export interface ItemWindowOptions<in out A> extends WindowOptions {
  /** Writes the items down, so that a pipeline that starts again has its window. */
  readonly item: Schema.Codec<A, unknown>
}

/**
 * The items of the last `windowDuration` as one batch, oldest first, every `slideDuration`: at time t, what came in (t
 * - windowDuration, t]. The first windows hold what there is so far; a window without items is an empty batch. With a
 * slide longer than the window, what comes between two windows is dropped. What follows has batches only at slides.
 *
 * Keeps every item of a window, and copies the window each time it speaks. Where items are only counted or combined,
 * `countByWindow`, `reduceByWindow` and `reduceByKeyAndWindow` keep far less.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[1], [2, 3], [4], []], (input) =>
 *   DStream.window(input, { name: "last two", windowDuration: "2 seconds", item: Schema.Number })))
 * output.map((batch) => batch.items) // => [[1], [1, 2, 3], [2, 3, 4], [4]]
 * ```
 *
 * @category windows
 * @since 0.1.0
 */
export const window: {
  <A>(options: ItemWindowOptions<A>): <E, R>(self: DStream<A, E, R>) => DStream<A, E, R | StateStore>
  <A, E, R>(self: DStream<A, E, R>, options: ItemWindowOptions<A>): DStream<A, E, R | StateStore>
} = dual(2, (self: AnyDStream, options: ItemWindowOptions<unknown>) => {
  const json = codecOf(options.item)
  return remember(self, {
    op: "window",
    name: options.name,
    keyed: false,
    window: durationsOf(options),
    remembered: { state: options.item, perBatch: true },
    make: (plan) => new WindowItems(plan, json)
  })
})
