import { dual } from "effect/Function"
import type * as Effect from "effect/Effect"
import type { Batch } from "../batch/Batch.ts"
import * as BatchSink from "./BatchSink.ts"
import { type AnyDStream, type DStream, type Output, output } from "./Node.ts"

/**
 * An output that runs an effect for every batch, at least once.
 *
 * @category outputs
 * @since 0.1.0
 */
export const foreachBatch: {
  <A, X, E2, R2>(
    name: string,
    f: (batch: Batch<A>) => Effect.Effect<X, E2, R2>
  ): <E, R>(self: DStream<A, E, R>) => Output<E | E2, R | R2>
  <A, E, R, X, E2, R2>(
    self: DStream<A, E, R>,
    name: string,
    f: (batch: Batch<A>) => Effect.Effect<X, E2, R2>
  ): Output<E | E2, R | R2>
} = dual(3, (self: AnyDStream, name: string, f: (batch: Batch<unknown>) => Effect.Effect<unknown>) =>
  output(name, self.node, BatchSink.make(f)))
