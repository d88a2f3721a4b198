import * as Effect from "effect/Effect"
import * as Receiver from "../Receiver.ts"
import { inMemory, type RecordOptions } from "./blocks.ts"
import { Gatherer, toStream } from "./gather.ts"
import { readFailed, type ReceiverError } from "./ReceiverError.ts"

/**
 * Receives the elements of an async iterable. Nothing is read before the first pull, and then at most one element ahead;
 * elements that are ready together come in one block of up to 1024. Each opening asks for a fresh iterator. When the
 * receiver closes, the iterator's `return` is called; it is awaited unless a read is pending, since an async generator
 * would not answer before that.
 *
 * What the iterable throws goes through `onError`; without it the receiver fails with a retryable `ReceiverError`.
 * `Unreplayable`. No slow start: `initialRate` defaults to `Infinity` where the pipeline has none.
 *
 * ```ts import.meta.vitest
 * import { Receiver } from "@millrace/core"
 *
 * async function* ticks() {
 *   yield "tick"
 *   yield "tock"
 * }
 * const receiver = Receiver.fromAsyncIterable({ name: "ticks" }, { [Symbol.asyncIterator]: ticks })
 * receiver.delivery // => "Unreplayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export function fromAsyncIterable<A, E>(
  options: RecordOptions<NoInfer<A>> & { readonly onError: (cause: unknown) => E },
  iterable: AsyncIterable<A>
): Receiver.Receiver<A, E>
export function fromAsyncIterable<A>(
  options: RecordOptions<NoInfer<A>>,
  iterable: AsyncIterable<A>
): Receiver.Receiver<A, ReceiverError>
export function fromAsyncIterable<A, E>(
  options: RecordOptions<NoInfer<A>> & { readonly onError?: (cause: unknown) => E },
  iterable: AsyncIterable<A>
): Receiver.Receiver<A, E | ReceiverError> {
  const onError: (cause: unknown) => E | ReceiverError = options.onError ?? readFailed(options.name)
  return Receiver.make({
    ...inMemory(options),
    open: () =>
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => {
            const iterator = iterable[Symbol.asyncIterator]()
            return { iterator, gatherer: new Gatherer(() => iterator.next()) }
          }),
          ({ gatherer, iterator }) => close(gatherer, iterator)
        ),
        ({ gatherer }) => toStream(gatherer, onError)
      )
  })
}

/** Tells an iterator that nothing more will be read. What it says to that is nobody's failure any more. */
export const close = <A>(gatherer: Gatherer<A>, iterator: AsyncIterator<A>): Effect.Effect<void> =>
  Effect.suspend(() => {
    gatherer.close()
    const closing = Effect.ignore(Effect.tryPromise(async () => iterator.return?.()))
    return gatherer.waiting ? Effect.asVoid(Effect.forkDetach(closing, { startImmediately: true })) : closing
  })
