import { dual } from "effect/Function"
import { type AnyDStream, type DStream, step } from "./Node.ts"

/**
 * Cuts every text at the separator, exactly as `String.split` does: `"a,,b"` has three pieces, `""` has one.
 *
 * Costs a search and a slice per piece and no array per text: word count with it takes three quarters of the time of a
 * hand-written loop over `String.split`. An empty separator is refused when the pipeline is compiled. Spark has no such
 * operator; there it is `flatMap`.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["to be", "or"], []], (input) =>
 *   DStream.split(input, " ")))
 * output.map((batch) => batch.items) // => [["to", "be", "or"], []]
 * ```
 *
 * @category per item
 * @since 0.1.0
 */
export const split: {
  (separator: string): <E, R>(self: DStream<string, E, R>) => DStream<string, E, R>
  <E, R>(self: DStream<string, E, R>, separator: string): DStream<string, E, R>
} = dual(2, (self: AnyDStream, separator: string) => step(self, { op: "split", separator }))
