import { dual } from "effect/Function"
import { type AnyDStream, type DStream, fromNode, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * A pure function of the whole batch: its items in, the new items out, called once for every batch, empty ones too.
 * With one partition per batch it is Spark's `mapPartitions`; `transform` gives the batch time as well.
 *
 * Costs one call per batch. The items are read-only and are yours to keep; the result must be an array.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[3, 1, 2], []], (input) =>
 *   DStream.mapBatch(input, (items) => items.toSorted((a, b) => a - b))))
 * output.map((batch) => batch.items) // => [[1, 2, 3], []]
 * ```
 *
 * @category per batch
 * @since 0.1.0
 */
export const mapBatch: {
  <A, B extends Item>(
    f: (items: ReadonlyArray<A>) => ReadonlyArray<B>
  ): <E, R>(self: DStream<A, E, R>) => DStream<B, E, R>
  <A, E, R, B extends Item>(
    self: DStream<A, E, R>,
    f: (items: ReadonlyArray<A>) => ReadonlyArray<B>
  ): DStream<B, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) =>
  fromNode({ _tag: "Batch", op: "mapBatch", parents: [self.node], f: itemsOnly(f) }))

/** The batch time stays away from a second, optional parameter. The name stays, for plans and errors. */
const itemsOnly = (f: AnyFunction): AnyFunction =>
  Object.defineProperty((items: unknown) => f(items), "name", { value: f.name })
