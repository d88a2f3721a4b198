import { type AnyDStream, type DStream, fromNode } from "./Node.ts"

/**
 * The items of all streams, batch by batch, in the order of the list. Spark's `union` of a context. Types, errors and
 * needs are the unions of the streams'.
 *
 * Costs nothing where a loop follows. An empty list is refused when the pipeline is compiled.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[1, 2], []], (input) =>
 *   DStream.unionAll([input, DStream.map(input, String), DStream.count(input)])))
 * output.map((batch) => batch.items) // => [[1, 2, "1", "2", 2], [0]]
 * ```
 *
 * @category several streams
 * @since 0.1.0
 */
export const unionAll = <const Streams extends ReadonlyArray<AnyDStream>>(
  streams: Streams
): DStream<
  ItemOf<Streams[number]>,
  ErrorOf<Streams[number]>,
  NeedOf<Streams[number]>
> => fromNode({ _tag: "Union", parents: streams.map((stream) => stream.node) })

type ItemOf<Stream> = Stream extends DStream<infer A, infer _E, infer _R> ? A : never

type ErrorOf<Stream> = Stream extends DStream<infer _A, infer E, infer _R> ? E : never

type NeedOf<Stream> = Stream extends DStream<infer _A, infer _E, infer R> ? R : never
