import { dual } from "effect/Function"
import { unkeyed } from "../kernel/unkeyed.ts"
import type { StateStore } from "../store/StateStore.ts"
import { type AnyDStream, type DStream, remember } from "./Node.ts"
import { reducing, rememberedBy } from "./reducing.ts"
import { durationsOf, type WindowOptions, type WindowReduceOptions } from "./WindowOptions.ts"

/**
 * What `reduceByWindow` is told.
 *
 * @category options
 * @since 0.1.0
 */
export interface ReduceWindowOptions<in out A> extends WindowOptions, WindowReduceOptions<A> {}

/**
 * Combines all items of the last `windowDuration` into one, every `slideDuration`: at time t what came in (t -
 * windowDuration, t], from the oldest to the newest. A window without items gives an empty batch. The first windows are
 * of what there is so far; with a slide longer than the window, what comes between two windows is not counted.
 *
 * `reduce` must be associative. Costs one call per item and a few per slide, however long the window is. With `inverse`
 * there is one running total; Spark then emits what is left of it also for windows without items, once there was one,
 * which `semantics: "spark"` does.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[3], [7, 1], [2], [], []], (input) =>
 *   DStream.reduceByWindow(input, {
 *     name: "most",
 *     windowDuration: "2 seconds",
 *     value: Schema.Number,
 *     reduce: Math.max
 *   })))
 * output.map((batch) => batch.items) // => [[3], [7], [7], [2], []]
 * ```
 *
 * @category windows
 * @since 0.1.0
 */
export const reduceByWindow: {
  <A>(options: ReduceWindowOptions<A>): <E, R>(self: DStream<A, E, R>) => DStream<A, E, R | StateStore>
  <A, E, R>(self: DStream<A, E, R>, options: ReduceWindowOptions<A>): DStream<A, E, R | StateStore>
} = dual(2, (self: AnyDStream, options: ReduceWindowOptions<unknown>) => {
  const make = reducing(options)
  return remember(self, {
    op: "reduceByWindow",
    name: options.name,
    keyed: false,
    window: durationsOf(options),
    remembered: rememberedBy(options),
    make: (plan) => unkeyed(make(plan))
  })
})
