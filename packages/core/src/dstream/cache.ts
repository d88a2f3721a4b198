import type { DStream } from "./Node.ts"

/**
 * Gives back the stream as it is, for programs that come from Spark: what several operators or outputs read is computed
 * once per batch here, without being told to, and let go of when the batch has been delivered. There are no storage
 * levels. Whoever wants to look at batches afterwards sets the pipeline's `remember`.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * let calls = 0
 * const output = await Effect.runPromise(TestPipeline.run([[1, 2]], (input) => {
 *   const slow = input.pipe(DStream.map((n) => ++calls + n), DStream.cache)
 *   return DStream.union(slow, DStream.map(slow, (n) => -n))
 * }))
 * output.map((batch) => batch.items) // => [[2, 4, -2, -4]]
 * calls // => 2
 * ```
 *
 * @category per batch
 * @since 0.1.0
 */
export const cache = <A, E, R>(self: DStream<A, E, R>): DStream<A, E, R> => self
