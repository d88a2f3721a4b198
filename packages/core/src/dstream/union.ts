import { dual } from "effect/Function"
import { type AnyDStream, type DStream, fromNode } from "./Node.ts"

/**
 * The items of both streams, batch by batch: first those of `self`, then those of `that`, repeats kept. A stream may be
 * united with itself. A stream that has nothing at a batch time gives nothing, and never fails the other.
 *
 * Costs nothing where a loop follows: it runs over one batch after the other. For many streams see `unionAll`.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[1, 2], []], (input) =>
 *   DStream.union(input, DStream.map(input, (n) => -n))))
 * output.map((batch) => batch.items) // => [[1, 2, -1, -2], []]
 * ```
 *
 * @category several streams
 * @since 0.1.0
 */
export const union: {
  <A2, E2, R2>(
    that: DStream<A2, E2, R2>
  ): <A, E, R>(self: DStream<A, E, R>) => DStream<A | A2, E | E2, R | R2>
  <A, E, R, A2, E2, R2>(self: DStream<A, E, R>, that: DStream<A2, E2, R2>): DStream<A | A2, E | E2, R | R2>
} = dual(2, (self: AnyDStream, that: AnyDStream) => fromNode({ _tag: "Union", parents: [self.node, that.node] }))
