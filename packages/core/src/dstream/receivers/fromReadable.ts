import * as Effect from "effect/Effect"
import type { LazyArg } from "effect/Function"
import { hasProperty } from "effect/Predicate"
import * as Receiver from "../Receiver.ts"
import { inMemory, type RecordOptions } from "./blocks.ts"
import { close } from "./fromAsyncIterable.ts"
import { Gatherer, toStream } from "./gather.ts"
import { readFailed, type ReceiverError } from "./ReceiverError.ts"

/**
 * What can be received from: a Node `Readable`, a web `ReadableStream`, or any async iterable that may have a `destroy`
 * or a `cancel`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Readable<out A> extends AsyncIterable<A> {
  readonly destroy?: (() => unknown) | undefined
  readonly cancel?: (() => Promise<unknown>) | undefined
}

/**
 * Receives the chunks of a readable as they come: text and bytes are not cut here, a line may be spread over two chunks.
 * `evaluate` makes a fresh readable for each opening, because one can be read only once. It is read only while the buffer
 * has room, and destroyed when the receiver closes, also in the middle of a read. A readable that the receiver did not
 * make, such as the standard input, cannot be opened a second time.
 *
 * What it fails with, and what `evaluate` throws, goes through `onError`; without it the receiver fails with a retryable
 * `ReceiverError`. `Unreplayable`. No slow start: `initialRate` defaults to `Infinity` where the pipeline has none.
 *
 * ```ts import.meta.vitest
 * import { Receiver } from "@millrace/core"
 *
 * const receiver = Receiver.fromReadable({ name: "body" }, () => new Blob(["to be ", "cut"]).stream())
 * receiver.name // => "body"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export function fromReadable<A, E>(
  options: RecordOptions<NoInfer<A>> & { readonly onError: (cause: unknown) => E },
  evaluate: LazyArg<Readable<A>>
): Receiver.Receiver<A, E>
export function fromReadable<A>(options: RecordOptions<NoInfer<A>>, evaluate: LazyArg<Readable<A>>): Receiver.Receiver<A, ReceiverError>
export function fromReadable<A, E>(
  options: RecordOptions<NoInfer<A>> & { readonly onError?: (cause: unknown) => E },
  evaluate: LazyArg<Readable<A>>
): Receiver.Receiver<A, E | ReceiverError> {
  const onError: (cause: unknown) => E | ReceiverError = options.onError ?? readFailed(options.name)
  return Receiver.make({
    ...inMemory(options),
    open: () =>
      Effect.map(
        Effect.acquireRelease(
          Effect.try({ try: () => toReader(evaluate()), catch: onError }),
          (reader) => reader.close
        ),
        ({ gatherer }) => toStream(gatherer, onError)
      )
  })
}

interface Reader<A> {
  readonly gatherer: Gatherer<A>
  readonly close: Effect.Effect<void>
}

const toReader = <A>(readable: Readable<A>): Reader<A> => {
  // an error before the first read must not end the process; the iterator gives it to the first read
  if (isEmitter(readable)) readable.on("error", () => {})
  return isWebStream(readable) ? fromWebStream(readable) : fromIterator(readable)
}

const fromIterator = <A>(readable: Readable<A>): Reader<A> => {
  const iterator = readable[Symbol.asyncIterator]()
  const gatherer = new Gatherer(() => iterator.next())
  const { cancel, destroy } = readable
  if (destroy === undefined && cancel === undefined) return { gatherer, close: close(gatherer, iterator) }
  return {
    gatherer,
    close: Effect.ignore(Effect.tryPromise(async () => {
      gatherer.close()
      await (destroy ?? cancel)?.call(readable)
    }))
  }
}

/** By its reader, because an iterator could not be cancelled in the middle of a read. */
const fromWebStream = <A>(stream: WebStream<A>): Reader<A> => {
  const reader = stream.getReader()
  const gatherer = new Gatherer(() => reader.read())
  return {
    gatherer,
    close: Effect.ignore(Effect.tryPromise(() => {
      gatherer.close()
      return reader.cancel()
    }))
  }
}

interface WebStream<out A> {
  readonly getReader: () => {
    readonly read: () => Promise<IteratorResult<A>>
    readonly cancel: () => Promise<void>
  }
}

const isWebStream = <A>(readable: Readable<A>): readable is Readable<A> & WebStream<A> =>
  hasProperty(readable, "getReader") && typeof readable.getReader === "function"

interface Emitter {
  readonly on: (event: "error", listener: () => void) => unknown
}

const isEmitter = <A>(readable: Readable<A>): readable is Readable<A> & Emitter =>
  hasProperty(readable, "on") && typeof readable.on === "function"
