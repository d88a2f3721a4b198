import { type DStream, fromNode } from "./Node.ts"

/**
 * One array for each partition of the batch: its items. A batch that `repartition` did not cut is one partition, also
 * when it is empty.
 *
 * Costs no copy; the arrays are read-only and are yours to keep.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[1, 2, 3], []], (input) =>
 *   input.pipe(DStream.repartition(2), DStream.glom)))
 * output.map((batch) => batch.items) // => [[[1], [2, 3]], [[], []]]
 * ```
 *
 * @category partitions
 * @since 0.1.0
 */
export const glom = <A, E, R>(self: DStream<A, E, R>): DStream<ReadonlyArray<A>, E, R> =>
  fromNode({
    _tag: "Batch",
    op: "glom",
    parents: [self.node],
    f: (items: unknown) => [items],
    partitions: "each"
  })
