import { dual } from "effect/Function"
import type { Key } from "../batch/Key.ts"
import { aggregate, type AnyDStream, type DStream, type Item } from "./Node.ts"

/**
 * The general aggregation by key: `createCombiner` makes a combiner of a key's first value in the batch, `mergeValue`
 * adds each further one: `[key, combiner]`, keys in the order in which they first came. A combiner may be changed in
 * place and given back. Nothing is kept from batch to batch.
 *
 * `mergeCombiners` is taken from programs that have it and never called: a batch's aggregation sees all values of a key
 * in one pass. Costs and keys as for `reduceByKey`.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[5, 2, 3, 5]], (input) =>
 *   input.pipe(
 *     DStream.keyBy((n) => n % 2),
 *     DStream.combineByKey({ createCombiner: (n) => new Set([n]), mergeValue: (seen, n) => seen.add(n) }),
 *     DStream.mapValues((seen) => seen.size)
 *   )))
 * output.map((batch) => batch.items) // => [[[1, 2], [0, 1]]]
 * ```
 *
 * @category keyed
 * @since 0.1.0
 */
export const combineByKey: {
  <K extends Key, V, C extends Item>(
    options: CombineOptions<V, C>
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, C], E, R>
  <K extends Key, V, E, R, C extends Item>(
    self: DStream<readonly [K, V], E, R>,
    options: CombineOptions<V, C>
  ): DStream<readonly [K, C], E, R>
} = dual(2, (self: AnyDStream, { createCombiner, mergeValue }: CombineOptions<unknown, unknown>) =>
  aggregate(self, { op: "combineByKey", createCombiner, mergeValue }))

/**
 * What `combineByKey` combines with.
 *
 * @category options
 * @since 0.1.0
 */
export interface CombineOptions<in V, in out C> {
  readonly createCombiner: (value: V) => C
  readonly mergeValue: (combiner: NoInfer<C>, value: V) => NoInfer<C>
  readonly mergeCombiners?: ((left: NoInfer<C>, right: NoInfer<C>) => NoInfer<C>) | undefined
}
