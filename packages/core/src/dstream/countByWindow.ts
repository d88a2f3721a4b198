import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import { unkeyed } from "../kernel/unkeyed.ts"
import type { StateStore } from "../store/StateStore.ts"
import { counting } from "./counting.ts"
import { type AnyDStream, type DStream, remember } from "./Node.ts"
import { boundOf, durationsOf, type WindowOptions } from "./WindowOptions.ts"

/**
 * How many items came in the last `windowDuration`, every `slideDuration`: one number at time t for (t -
 * windowDuration, t]. Before any window had an item the batch is empty, from then on there is a number, 0 where the
 * window has emptied, as in Spark. Items between two windows that a longer slide leaves apart are not counted; Spark
 * counts the first of them.
 *
 * Costs an addition per item and per slide, and keeps a number per pane.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[], ["a"], ["b", "c"], [], []], (input) =>
 *   DStream.countByWindow(input, { name: "in two seconds", windowDuration: "2 seconds" })))
 * output.map((batch) => batch.items) // => [[], [1], [3], [2], [0]]
 * ```
 *
 * @category windows
 * @since 0.1.0
 */
export const countByWindow: {
  (options: WindowOptions): <A, E, R>(self: DStream<A, E, R>) => DStream<number, E, R | StateStore>
  <A, E, R>(self: DStream<A, E, R>, options: WindowOptions): DStream<number, E, R | StateStore>
} = dual(2, (self: AnyDStream, options: WindowOptions) =>
  remember(self, {
    op: "countByWindow",
    name: options.name,
    keyed: false,
    window: durationsOf(options),
    remembered: { state: Schema.Number },
    make: (plan) => unkeyed(counting(plan, boundOf(options)), { value: 0 })
  }))
