import { aggregate, type DStream } from "./Node.ts"

/**
 * The number of items of each batch, as its one item: `0` for an empty batch.
 *
 * Costs an addition per item, after the operators before it.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["a", "b"], []], (input) =>
 *   DStream.count(input)))
 * output.map((batch) => batch.items) // => [[2], [0]]
 * ```
 *
 * @category per batch
 * @since 0.1.0
 */
export const count = <A, E, R>(self: DStream<A, E, R>): DStream<number, E, R> => aggregate(self, { op: "count" })
