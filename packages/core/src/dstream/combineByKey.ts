import { dual } from "effect/Function"
import type { Key } from "../batch/Key.ts"
import { aggregate, type AnyDStream, type DStream, type Item } from "./Node.ts"

/**
 * The general aggregation by key: `createCombiner` makes a combiner of a key's first value, `mergeValue` adds each
 * further one. `mergeCombiners` is taken from programs that have it and never called: a batch's aggregation sees all
 * values of a key in one pass.
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
