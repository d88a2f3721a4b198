import { dual } from "effect/Function"
import type * as Schema from "effect/Schema"
import type { Primitive } from "../batch/Key.ts"
import { TopMemory } from "../kernel/TopMemory.ts"
import type { StateStore } from "../store/StateStore.ts"
import { codecOf } from "./jsonCodec.ts"
import { atLeastOne } from "./KeyedOptions.ts"
import { type AnyDStream, type DStream, remember } from "./Node.ts"

/**
 * What `topK` ranks by.
 *
 * @category options
 * @since 0.1.0
 */
export interface TopKOptions<in out A> {
  /** Its identity from start to start: stable, unique in the pipeline. */
  readonly name: string
  /** How many; at least 1. */
  readonly k: number
  /** Writes an item down. */
  readonly item: Schema.Codec<A, unknown>
  /** As an `Order`: above zero where the left one is the greater. */
  readonly order: (left: NoInfer<A>, right: NoInfer<A>) => number
  /** An item takes the place of an earlier one with the same name. Without it all items are different ones. */
  readonly by?: ((item: NoInfer<A>) => Primitive) | undefined
}

/**
 * The `k` greatest items of all batches so far, every batch, the greatest first; among equals the one that came first.
 *
 * Only `k` items are remembered, whatever comes. So with `by` the ranking is exact as long as what is ranked under a
 * name never becomes smaller, as with running counts: where it does, another name that was dropped before does not come
 * back by itself. Costs a comparison per record that is too small, a search and a move for the others.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Order, Schema } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["a b b c"], ["c c d"]], (input) =>
 *   input.pipe(
 *     DStream.split(" "),
 *     DStream.keyBy((word) => word),
 *     DStream.runningCountByKey({ name: "counts" }),
 *     DStream.topK({
 *       name: "trending",
 *       k: 2,
 *       item: Schema.Tuple([Schema.String, Schema.Number]),
 *       order: Order.mapInput(Order.Number, ([, count]) => count),
 *       by: ([word]) => word
 *     })
 *   )))
 * output.map((batch) => batch.items) // => [[["b", 2], ["a", 1]], [["c", 3], ["b", 2]]]
 * ```
 *
 * @category state
 * @since 0.1.0
 */
export const topK: {
  <A>(options: TopKOptions<A>): <E, R>(self: DStream<A, E, R>) => DStream<A, E, R | StateStore>
  <A, E, R>(self: DStream<A, E, R>, options: TopKOptions<A>): DStream<A, E, R | StateStore>
} = dual(2, (self: AnyDStream, { by, item, k, name, order }: TopKOptions<unknown>) =>
  remember(self, {
    op: "topK",
    name,
    keyed: false,
    problems: atLeastOne("k", k),
    remembered: { state: item },
    make: () => new TopMemory({ k, order, by, ...codecOf(item) })
  }))
