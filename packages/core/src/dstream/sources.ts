/** Streams of what other shapes of data give, without naming the receiver in between. */
import type { LazyArg } from "effect/Function"
import type * as Pull from "effect/Pull"
import type * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { fromReceiver } from "./fromReceiver.ts"
import type { DStream } from "./Node.ts"
import type { RecordOptions } from "./receivers/blocks.ts"
import { fromAsyncIterable as asyncIterableReceiver } from "./receivers/fromAsyncIterable.ts"
import { fromIterable as iterableReceiver } from "./receivers/fromIterable.ts"
import { fromQueue as queueReceiver } from "./receivers/fromQueue.ts"
import { fromReadable as readableReceiver, type Readable } from "./receivers/fromReadable.ts"
import { fromStream as streamReceiver } from "./receivers/fromStream.ts"
import type { ReceiverError } from "./receivers/ReceiverError.ts"

/**
 * The items of an iterable, as fast as the pipeline takes them. See `Receiver.fromIterable`.
 *
 * ```ts import.meta.vitest
 * import { DStream, Pipeline } from "@millrace/core"
 * import { Effect } from "effect"
 *
 * const seen: Array<string> = []
 * const output = DStream.fromIterable({ name: "words" }, ["to", "be"]).pipe(
 *   DStream.foreachBatch("seen", (batch) => Effect.sync(() => seen.push(...batch.items)))
 * )
 * await Effect.runPromise(Pipeline.run(Pipeline.make("words", { batchInterval: "1 second", outputs: [output] })))
 * seen // => ["to", "be"]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromIterable = <A>(options: RecordOptions<NoInfer<A>>, iterable: Iterable<A>): DStream<A> =>
  fromReceiver(iterableReceiver(options, iterable))

/**
 * The elements of an Effect `Stream`. See `Receiver.fromStream`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromStream = <A, E, R>(
  options: RecordOptions<NoInfer<A>>,
  stream: Stream.Stream<A, E, R>
): DStream<A, E, Exclude<R, Scope.Scope>> => fromReceiver(streamReceiver(options, stream))

/**
 * What is offered to an Effect `Queue`, until the queue ends. See `Receiver.fromQueue`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromQueue = <A, E>(options: RecordOptions<NoInfer<A>>, queue: Queue.Dequeue<A, E>): DStream<A, Pull.ExcludeDone<E>> =>
  fromReceiver(queueReceiver(options, queue))

/**
 * The elements of an async iterable. See `Receiver.fromAsyncIterable`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromAsyncIterable: {
  <A, E>(options: RecordOptions<NoInfer<A>> & { readonly onError: (cause: unknown) => E }, iterable: AsyncIterable<A>): DStream<A, E>
  <A>(options: RecordOptions<NoInfer<A>>, iterable: AsyncIterable<A>): DStream<A, ReceiverError>
} = <A>(options: RecordOptions<NoInfer<A>>, iterable: AsyncIterable<A>): DStream<A, ReceiverError> =>
  fromReceiver(asyncIterableReceiver(options, iterable))

/**
 * The chunks of a Node `Readable` or a web `ReadableStream`. See `Receiver.fromReadable`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromReadable: {
  <A, E>(options: RecordOptions<NoInfer<A>> & { readonly onError: (cause: unknown) => E }, evaluate: LazyArg<Readable<A>>): DStream<A, E>
  <A>(options: RecordOptions<NoInfer<A>>, evaluate: LazyArg<Readable<A>>): DStream<A, ReceiverError>
} = <A>(options: RecordOptions<NoInfer<A>>, evaluate: LazyArg<Readable<A>>): DStream<A, ReceiverError> =>
  fromReceiver(readableReceiver(options, evaluate))
