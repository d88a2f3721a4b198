import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import type { PipelineEvent } from "./PipelineEvent.ts"
import type { PipelineMetrics } from "./metrics.ts"

/** How many events a slow subscriber may lag behind before it misses the oldest. */
export const eventCapacity = 4096

/** Where a run reports to: events for whoever subscribed, metrics always, spans where there is a tracer. */
export interface Observer {
  readonly pipeline: string
  readonly events: PubSub.PubSub<PipelineEvent>
  /** Who reads the events now. Without a reader they are not published, which is most of their cost. */
  readers: number
  readonly metrics: PipelineMetrics
  readonly tracing: boolean
}

/** Tells the subscribers. One that lags by `eventCapacity` misses the oldest events, and the run is not held up. */
export const publish = (observer: Observer, event: PipelineEvent): void => {
  if (observer.readers === 0 || PubSub.publishUnsafe(observer.events, event)) return
  observer.events.pubsub.slide()
  PubSub.publishUnsafe(observer.events, event)
}

/** A child of the batch's span, or nothing where nobody listens. */
export const traced = <A, E, R>(
  observer: Pick<Observer, "tracing">,
  name: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  observer.tracing
    ? Effect.withSpan(effect, name, { captureStackTrace: false }) as Effect.Effect<A, E, R>
    : effect
