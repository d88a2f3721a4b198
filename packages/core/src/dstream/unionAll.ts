import { type AnyDStream, type DStream, fromNode } from "./Node.ts"

/**
 * The items of all streams, in the order of the list. An empty list is a problem that `Pipeline` reports.
 *
 * @category several streams
 * @since 0.1.0
 */
export const unionAll = <const Streams extends ReadonlyArray<AnyDStream>>(
  streams: Streams
): DStream<
  Streams[number] extends DStream<infer A, infer _E, infer _R> ? A : never,
  Streams[number] extends DStream<infer _A, infer E, infer _R> ? E : never,
  Streams[number] extends DStream<infer _A, infer _E, infer R> ? R : never
> => fromNode({ _tag: "Union", parents: streams.map((stream) => stream.node) })
