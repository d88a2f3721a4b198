import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Duration from "effect/Duration"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { Batch } from "../batch/Batch.ts"
import { foreachBatch } from "../dstream/foreachBatch.ts"
import type { DStream } from "../dstream/Node.ts"
import { make, type Options } from "../dstream/Pipeline.ts"
import type { PipelineError } from "./PipelineError.ts"
import { start } from "./start.ts"

/**
 * What `toStream` runs the stream with.
 *
 * @category options
 * @since 0.1.0
 */
export interface ToStreamOptions extends Options {
  /** Its identity in metrics and errors. Defaults to `"stream"`. */
  readonly name?: string | undefined
  readonly batchInterval: Duration.Input
}

/**
 * The batches as Effect's `Stream`, one element per batch. Whoever pulls slowly slows the pipeline down; whoever stops
 * pulling stops it.
 *
 * @category destructors
 * @since 0.1.0
 */
export const toStream: {
  (options: ToStreamOptions): <A, E, R>(self: DStream<A, E, R>) => Stream.Stream<Batch<A>, PipelineError<E>, R>
  <A, E, R>(self: DStream<A, E, R>, options: ToStreamOptions): Stream.Stream<Batch<A>, PipelineError<E>, R>
} = dual(
  2,
  <A, E, R>(self: DStream<A, E, R>, options: ToStreamOptions): Stream.Stream<Batch<A>, PipelineError<E>, R> =>
    Stream.unwrap(Effect.gen(function*() {
      const queue = yield* Queue.bounded<Batch<A>, PipelineError<E> | Cause.Done>(1)
      const name = options.name ?? "stream"
      const output = foreachBatch(self, name, (batch) => Queue.offer(queue, batch))
      const running = yield* start(make(name, { ...options, outputs: [output] }))
      // Runs before the pipeline is stopped, so that the drain does not wait for a reader who has left.
      yield* Effect.addFinalizer(() => Queue.shutdown(queue))
      yield* running.awaitTermination().pipe(
        Effect.matchCauseEffect({
          onFailure: (cause) => Queue.failCause(queue, cause),
          onSuccess: () => Queue.end(queue)
        }),
        Effect.forkScoped
      )
      return Stream.fromQueue(queue)
    })) as Stream.Stream<Batch<A>, PipelineError<E>, R>
)
