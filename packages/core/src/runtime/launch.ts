/** A pipeline as an effect, and as a part of an app. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Pipeline } from "../dstream/Pipeline.ts"
import type { PipelineError } from "./PipelineError.ts"
import { type RunOptions, start } from "./start.ts"

/**
 * Runs a pipeline to its end: when all receivers have ended, or, drained, when the effect is interrupted. Where a
 * drain after an interruption fails, its error is a defect beside the interruption, so that it is not lost.
 *
 * @category running
 * @since 0.1.0
 */
export const run = <E, R>(pipeline: Pipeline<E, R>, options?: RunOptions): Effect.Effect<void, PipelineError<E>, R> =>
  withoutScope(Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(start(pipeline, options), (running) =>
      restore(running.awaitTermination()).pipe(
        Effect.onInterrupt(() => Effect.andThen(running.stop, Effect.orDie(running.awaitTermination()))),
        Effect.asVoid
      ))
  ))

/** `Effect.scoped` for a need that cannot be told apart from `Scope` while it is a type parameter. */
const withoutScope = <A, E, R>(effect: Effect.Effect<A, E, R | Scope.Scope>): Effect.Effect<A, E, R> =>
  Effect.scoped(effect) as Effect.Effect<A, E, R>

/**
 * Runs a pipeline beside the rest of an app, for as long as the layer lives; closing the layer drains it. A pipeline
 * that cannot be compiled fails the layer. One that fails later cannot, since the layer is built by then: it is logged
 * as fatal and handed to `onFailure`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <E, R, R2 = never>(
  pipeline: Pipeline<E, R>,
  options?: RunOptions & {
    readonly onFailure?: ((error: PipelineError<E>) => Effect.Effect<void, never, R2>) | undefined
  }
): Layer.Layer<never, PipelineError<E>, R | R2> =>
  Layer.effectDiscard(Effect.flatMap(start(pipeline, options), (running) =>
    running.awaitTermination().pipe(
      Effect.tapCause((cause) => Effect.logFatal(cause)),
      Effect.catch((error) => options?.onFailure?.(error) ?? Effect.void),
      Effect.forkScoped
    ))) as Layer.Layer<never, PipelineError<E>, R | R2>
