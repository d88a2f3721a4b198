import { dual } from "effect/Function"
import { toArray } from "../kernel/guard.ts"
import type { AnyFunction } from "../kernel/Step.ts"
import { type AnyDStream, type DStream, fromNode, type Item } from "./Node.ts"

/**
 * A pure function of the items of each partition, called once for each, also where it is empty; it gives an array or
 * another iterable. What it gives is the partition after it. A batch that `repartition` did not cut is one partition,
 * and this is `mapBatch` then. Spark's `preservesPartitioning` is not taken: there is no partitioner to preserve.
 *
 * Costs one call per partition. The items are read-only and are yours to keep.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[1, 2, 3, 4]], (input) =>
 *   input.pipe(
 *     DStream.repartition(2),
 *     DStream.mapPartitions((items) => [items.reduce((left, right) => left + right, 0)])
 *   )))
 * output.map((batch) => batch.items) // => [[3, 7]]
 * ```
 *
 * @category partitions
 * @since 0.1.0
 */
export const mapPartitions: {
  <A, B extends Item>(f: (items: ReadonlyArray<A>) => Iterable<B>): <E, R>(self: DStream<A, E, R>) => DStream<B, E, R>
  <A, E, R, B extends Item>(self: DStream<A, E, R>, f: (items: ReadonlyArray<A>) => Iterable<B>): DStream<B, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) =>
  fromNode({ _tag: "Batch", op: "mapPartitions", parents: [self.node], f: asArray(f), partitions: "each" }))

/** The name stays, for plans and errors. */
const asArray = (f: AnyFunction): AnyFunction =>
  Object.defineProperty((items: unknown) => toArray(f(items)), "name", { value: f.name })
