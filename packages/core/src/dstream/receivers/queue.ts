import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Receiver from "../Receiver.ts"
import { block, inMemory, type RecordOptions } from "./blocks.ts"

/**
 * Options of `queue`.
 *
 * @category options
 * @since 0.1.0
 */
export interface QueueOptions<in out A> extends RecordOptions<A> {
  /** Whether a batch takes one array, or all that wait, united. Defaults to true. */
  readonly oneAtATime?: boolean | undefined
  /** What a batch holds when nothing waits. Defaults to nothing. With a list it goes on for ever after the list. */
  readonly defaultBatch?: ReadonlyArray<A> | undefined
}

/**
 * Receives ready batches: each batch takes one array (or all that wait) when it is cut, and an empty one when nothing
 * waits. What Spark calls `queueStream`; for tests, and for programs that cut their batches themselves. Arrays are taken
 * whole, whatever the rate limit.
 *
 * From a list: it ends with the list, unless there is a `defaultBatch`, which then fills every further batch. Each run
 * starts with the first array. `Replayable`: the position is the number of arrays taken.
 *
 * From an Effect `Queue`: `Queue.end` ends the receiver after the last array, `Queue.fail` fails it. `Unreplayable`.
 *
 * ```ts import.meta.vitest
 * import { Receiver } from "@millrace/core"
 *
 * const receiver = Receiver.queue({ name: "words" }, [["to", "be"], [], ["or", "not"]])
 * receiver.delivery // => "Replayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export function queue<A>(
  options: QueueOptions<NoInfer<A>>,
  source: ReadonlyArray<ReadonlyArray<A>>
): Receiver.Receiver<A>
export function queue<A, E>(
  options: QueueOptions<NoInfer<A>>,
  source: Queue.Dequeue<ReadonlyArray<A>, E>
): Receiver.Receiver<A, Pull.ExcludeDone<E>>
export function queue<A, E>(
  options: QueueOptions<NoInfer<A>>,
  source: ReadonlyArray<ReadonlyArray<A>> | Queue.Dequeue<ReadonlyArray<A>, E>
): Receiver.Receiver<A, Pull.ExcludeDone<E>> {
  return Queue.isDequeue(source) ? fromQueue(options, source) : fromList(options, source)
}

const fromList = <A>(options: QueueOptions<A>, list: ReadonlyArray<ReadonlyArray<A>>): Receiver.Receiver<A> =>
  Receiver.perBatch({
    ...inMemory(options),
    delivery: "Replayable",
    position: Schema.Int,
    // A position that did not move is that of a default batch.
    reread: ({ after, until }: Receiver.Range<number>) =>
      Effect.sync(() => {
        const from = Option.getOrElse(after, () => 0)
        return from === until ? options.defaultBatch ?? [] : unite(list.slice(from, until))
      }),
    open: (resumeAfter: Option.Option<number>) =>
      Effect.sync(() => {
        let next = Option.getOrElse(resumeAfter, () => 0)
        return () =>
          Effect.sync((): Option.Option<Receiver.Block<A, number>> => {
            const taken = list.slice(next, options.oneAtATime === false ? undefined : next + 1)
            next += taken.length
            const items = taken.length === 0 ? options.defaultBatch : unite(taken)
            return items === undefined ? Option.none() : Option.some({ ...block(items), resumeAfter: next })
          })
      })
  })

const fromQueue = <A, E>(
  options: QueueOptions<NoInfer<A>>,
  source: Queue.Dequeue<ReadonlyArray<A>, E>
): Receiver.Receiver<A, Pull.ExcludeDone<E>> =>
  Receiver.perBatch({
    ...inMemory(options),
    open: () =>
      Effect.succeed(() =>
        takeWaiting(source, options.oneAtATime === false ? Infinity : 1).pipe(
          Effect.map((taken) => Option.some(block(Arr.isReadonlyArrayNonEmpty(taken) ? unite(taken) : options.defaultBatch ?? []))),
          Pull.catchDone(() => Effect.succeedNone)
        )
      )
  })

/** What waits in a queue, without waiting for it. Fails with the queue's end or failure once the queue is used up. */
const takeWaiting = <A, E>(source: Queue.Dequeue<A, E>, max: number) =>
  Effect.suspend((): Effect.Effect<ReadonlyArray<A>, E> => {
    const taken: Array<A> = []
    while (taken.length < max) {
      const exit = Queue.takeUnsafe(source)
      if (exit === undefined) break
      if (Exit.isSuccess(exit)) taken.push(exit.value)
      else if (taken.length === 0) return Effect.failCause(exit.cause)
      else break
    }
    return Effect.succeed(taken)
  })

const unite = <A>(arrays: ReadonlyArray<ReadonlyArray<A>>): ReadonlyArray<A> =>
  arrays.length === 1 ? arrays[0]! : arrays.flat()
