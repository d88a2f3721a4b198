import { dual } from "effect/Function"
import { type AnyDStream, type DStream, fromNode } from "./Node.ts"

/**
 * The items of both streams, first those of `self`, then those of `that`.
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
