import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Receiver from "../Receiver.ts"
import type { Block } from "../Receiver.ts"
import { block, inMemory, maxBlockRecords, type RecordOptions } from "./blocks.ts"
import { handOverLast, reportError } from "../ReceiverHost.ts"
import { ReceiverError } from "./ReceiverError.ts"

/**
 * What the body of a `push` receiver holds in hand. The forms that end in `Unsafe` are for callbacks. After `end` and
 * `restart` nothing is stored any more; what was stored before still arrives.
 *
 * @category models
 * @since 0.1.0
 */
export interface Push<in A> {
  /** Hands records over, together and in order. Suspends while too many wait. The array must not change afterwards. */
  readonly store: (items: ReadonlyArray<A>) => Effect.Effect<void>
  /** Hands records over at once and says true; or stores none of them and says false, because too many wait. */
  readonly storeUnsafe: (items: ReadonlyArray<A>) => boolean
  /** Fails the receiver with a retryable error, so that its supervisor opens it again. */
  readonly restart: (cause: unknown) => Effect.Effect<void>
  readonly restartUnsafe: (cause: unknown) => void
  /** Reports an error that the receiver lives through: logged, counted, published as an event. */
  readonly reportError: (error: unknown) => Effect.Effect<void>
  readonly reportErrorUnsafe: (error: unknown) => void
  /** Ends the receiver for good. */
  readonly end: Effect.Effect<void>
  readonly endUnsafe: () => void
}

/**
 * A receiver for a source that calls: the body is what Spark calls `onStart`, and the finalizers it adds to its scope
 * are `onStop`. It runs beside the engine's pulls, once per opening; when it returns, the receiver goes on until `end`,
 * and when it fails, the receiver fails with its error, after what was stored before.
 *
 * `capacity` bounds how many records may wait between the body and the engine, exceeded by one `store` at most; it
 * defaults to 16,384. `Unreplayable`: what was stored and is not yet durable is lost with the process, and without `chunk` nothing
 * is durable before it is delivered. No slow start:
 * `initialRate` defaults to `Infinity` where the pipeline has none.
 *
 * ```ts import.meta.vitest
 * import { Receiver } from "@millrace/core"
 * import { Effect } from "effect"
 *
 * const receiver = Receiver.push({ name: "greetings" }, ({ end, store }: Receiver.Push<string>) =>
 *   Effect.gen(function*() {
 *     yield* Effect.addFinalizer(() => Effect.log("stopped"))
 *     yield* store(["hello", "world"])
 *     yield* end
 *   }))
 * receiver.delivery // => "Unreplayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const push = <A, E, R>(
  options: RecordOptions<A> & { readonly capacity?: number | undefined },
  body: (push: Push<A>) => Effect.Effect<unknown, E, R>
): Receiver.Receiver<A, E | ReceiverError, Exclude<R, Scope.Scope>> =>
  Receiver.make({
    ...inMemory(options),
    open: Effect.fnUntraced(function*() {
      const queue = yield* Queue.unbounded<ReadonlyArray<A>, E | ReceiverError | Cause.Done>()
      const waiting = new Waiting(queue, options.capacity ?? maxBlockRecords)
      const handle = yield* makeHandle(options.name, waiting)
      const scope = yield* Scope.make()
      // Once the body is interrupted: what it stored and nobody pulled is delivered, with what its finalizers store.
      yield* Effect.addFinalizer((exit) => {
        waiting.close()
        return Effect.andThen(
          Scope.close(scope, exit),
          Effect.suspend(() => Effect.forEach(waiting.rest(), handOverLast, { discard: true }))
        )
      })
      yield* Scope.provide(Effect.suspend(() => body(handle)), scope).pipe(
        Effect.onError((cause) => Effect.sync(() => Queue.failCauseUnsafe(queue, cause))),
        Effect.forkScoped({ startImmediately: true })
      )
      return Stream.fromPull(Effect.succeed(waiting.take))
    })
  })

/** The records between the body and the engine. */
class Waiting<A, E> {
  readonly queue: Queue.Queue<ReadonlyArray<A>, E | Cause.Done>
  private readonly capacity: number
  /** What was stored after the end. */
  private last: Array<ReadonlyArray<A>> | undefined = undefined
  private readonly room = Latch.makeUnsafe(true)
  private records = 0

  constructor(queue: Queue.Queue<ReadonlyArray<A>, E | Cause.Done>, capacity: number) {
    this.queue = queue
    this.capacity = capacity >= 1 ? capacity : 1
  }

  offer(items: ReadonlyArray<A>): boolean {
    if (items.length === 0) return true
    if (this.last !== undefined) return this.last.push(items) > 0
    if (this.records >= this.capacity || !Queue.offerUnsafe(this.queue, items)) return false
    this.records += items.length
    if (this.records >= this.capacity) this.room.closeUnsafe()
    return true
  }

  readonly offerWhenRoom = (items: ReadonlyArray<A>): Effect.Effect<void> =>
    Effect.flatMap(this.room.await, () =>
      this.offer(items) || this.queue.state._tag !== "Open" ? Effect.void : this.offerWhenRoom(items))

  /** What waits, without waiting for more. */
  rest(): ReadonlyArray<Block<A>> {
    const blocks: Array<Block<A>> = []
    for (let next = Queue.takeUnsafe(this.queue); next?._tag === "Success"; next = Queue.takeUnsafe(this.queue)) {
      blocks.push(block(next.value))
    }
    return [...blocks, ...(this.last ?? []).map((items) => block(items))]
  }

  /** Nobody pulls any more: from here on there is room for whatever the finalizers store. */
  close(): void {
    this.last = []
    this.room.openUnsafe()
  }

  /** All that waits, as one block where that is small. */
  readonly take = Effect.suspend(() =>
    Effect.map(Queue.takeAll(this.queue), (stored) => {
      const records = stored.reduce((sum, items) => sum + items.length, 0)
      this.records -= records
      if (this.records < this.capacity) this.room.openUnsafe()
      return records <= maxBlockRecords ? Arr.of(block(stored.flat())) : Arr.map(stored, block)
    })
  )
}

const makeHandle = <A, E>(receiver: string, waiting: Waiting<A, E | ReceiverError>) =>
  Effect.map(Effect.context<never>(), (context): Push<A> => {
    const restartUnsafe = (cause: unknown): void => {
      const error = new ReceiverError({ receiver, reason: "RestartRequested", cause })
      Queue.failCauseUnsafe(waiting.queue, Cause.fail(error))
    }
    const endUnsafe = (): void => {
      Queue.endUnsafe(waiting.queue)
    }
    return {
      store: waiting.offerWhenRoom,
      storeUnsafe: (items) => waiting.offer(items),
      restart: (cause) => Effect.sync(() => restartUnsafe(cause)),
      restartUnsafe,
      reportError,
      reportErrorUnsafe: (error) => {
        Effect.runForkWith(context)(reportError(error))
      },
      end: Effect.sync(endUnsafe),
      endUnsafe
    }
  })
