import { dual } from "effect/Function"
import type { BatchSink } from "./BatchSink.ts"
import { type AnyDStream, type DStream, type Output, output } from "./Node.ts"

/**
 * Leads a stream into a sink under a name, its identity in errors, metrics and checkpoints.
 *
 * @category outputs
 * @since 0.1.0
 */
export const to: {
  <A, E2, R2>(
    name: string,
    sink: BatchSink<A, E2, R2>
  ): <E, R>(self: DStream<A, E, R>) => Output<E | E2, R | R2>
  <A, E, R, E2, R2>(self: DStream<A, E, R>, name: string, sink: BatchSink<A, E2, R2>): Output<E | E2, R | R2>
} = dual(3, (self: AnyDStream, name: string, sink: BatchSink<never, never, never>) => output(name, self.node, sink))
