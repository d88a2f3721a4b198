import { dual } from "effect/Function"
import type * as Effect from "effect/Effect"
import type { Batch } from "../batch/Batch.ts"
import * as BatchSink from "./BatchSink.ts"
import { type AnyDStream, type DStream, type Output, output } from "./Node.ts"

/**
 * An output that runs an effect for every batch, empty ones too, in order. Spark's `foreachRDD`. The name is the
 * output's identity in errors and metrics; it is used once per pipeline.
 *
 * At least once: an effect that fails is run again with the same batch, as the pipeline's `retry` says, then fails the
 * pipeline; the batch's `id` tells a repeat. A promise is no effect: wrap it in `Effect.promise`. For a sink that is
 * opened and closed, and that can do better than at least once, see `to`.
 *
 * ```ts import.meta.vitest
 * import { DStream, Pipeline } from "@millrace/core"
 * import { Effect } from "effect"
 *
 * const seen: Array<string> = []
 * const output = DStream.fromIterable({ name: "words" }, ["to", "be"]).pipe(
 *   DStream.foreachBatch("seen", (batch) => Effect.sync(() => seen.push(...batch.items)))
 * )
 * await Effect.runPromise(Pipeline.run(Pipeline.make("words", { batchInterval: "20 millis", outputs: [output] })))
 * seen // => ["to", "be"]
 * ```
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
