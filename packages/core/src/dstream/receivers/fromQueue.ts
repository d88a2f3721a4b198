import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as Receiver from "../Receiver.ts"
import { block, inMemory, maxBlockRecords, type RecordOptions } from "./blocks.ts"

/**
 * Receives what is offered to an Effect `Queue`, all that waits in it at once. It takes from the queue only while the
 * buffer has room, so a bounded queue holds back whoever offers. `Queue.end` ends the receiver after the last element,
 * `Queue.fail` fails it. `Unreplayable`. No slow start: `initialRate` defaults to `Infinity` where the pipeline has none.
 *
 * ```ts import.meta.vitest
 * import { Receiver } from "@millrace/core"
 * import { type Cause, Effect, Queue } from "effect"
 *
 * const queue = Effect.runSync(Queue.bounded<string, Cause.Done>(1_000))
 * const receiver = Receiver.fromQueue({ name: "orders" }, queue)
 * receiver.name // => "orders"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromQueue = <A, E>(
  options: RecordOptions<NoInfer<A>>,
  queue: Queue.Dequeue<A, E>
): Receiver.Receiver<A, Pull.ExcludeDone<E>> =>
  Receiver.make({
    ...inMemory(options),
    open: () =>
      Effect.succeed(Stream.fromPull(Effect.succeed(
        Effect.map(Queue.takeBetween(queue, 1, maxBlockRecords), (items) => Arr.of(block(items)))
      )))
  })
