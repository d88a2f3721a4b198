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
  ItemOf<Streams[number]>,
  ErrorOf<Streams[number]>,
  NeedOf<Streams[number]>
> => fromNode({ _tag: "Union", parents: streams.map((stream) => stream.node) })

type ItemOf<Stream> = Stream extends DStream<infer A, infer _E, infer _R> ? A : never

type ErrorOf<Stream> = Stream extends DStream<infer _A, infer E, infer _R> ? E : never

type NeedOf<Stream> = Stream extends DStream<infer _A, infer _E, infer R> ? R : never
