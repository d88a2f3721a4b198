import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { hasProperty } from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Receiver from "../Receiver.ts"
import { block, inMemory, maxBlockRecords, type RecordOptions } from "./blocks.ts"

/** How many elements of an iterable make a block. */
const blockRecords = 1024

/**
 * Receives the elements of an iterable, pulled as the buffer has room, 1024 to a block; an array is handed over as it is,
 * or in large slices. Each opening asks for a fresh iterator and closes it at the end.
 *
 * `Replayable`: the position is the number of elements read, so after a crash reading goes on there. This takes an
 * iterable that gives the same elements each time, as a list does. An iterator that can be run through only once, such
 * as a generator object, is `Unreplayable` and used up by its first opening; only for it `chunk` means anything. An
 * iterable that throws is a defect. No slow start: `initialRate` defaults to `Infinity` where the pipeline has none.
 *
 * ```ts import.meta.vitest
 * import { Receiver } from "@millrace/core"
 *
 * const receiver = Receiver.fromIterable({ name: "words" }, ["stone", "wheel", "water"])
 * receiver.delivery // => "Replayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromIterable = <A>(options: RecordOptions<NoInfer<A>>, iterable: Iterable<A>): Receiver.Receiver<A> => {
  const once = hasProperty(iterable, "next")
  return Receiver.make({
    ...inMemory(options),
    delivery: once ? "Unreplayable" : "Replayable",
    position: once ? undefined : Schema.Int,
    reread: once ? undefined : ({ after, until }) => Effect.sync(() => between(iterable, Option.getOrElse(after, () => 0), until)),
    open: (resumeAfter: Option.Option<number>) => {
      const from = once ? 0 : Option.getOrElse(resumeAfter, () => 0)
      return Array.isArray(iterable)
        ? Effect.succeed(fromArray<A>(iterable, from))
        : Effect.map(
          Effect.acquireRelease(
            Effect.sync(() => iterable[Symbol.iterator]()),
            (iterator) => Effect.sync(() => iterator.return?.())
          ),
          (iterator) => fromIterator(iterator, from)
        )
    }
  })
}

const between = <A>(iterable: Iterable<A>, from: number, until: number): ReadonlyArray<A> => {
  if (Array.isArray(iterable)) return iterable.slice(from, until)
  const items: Array<A> = []
  let position = 0
  if (from >= until) return items
  for (const item of iterable) {
    if (position++ >= from) items.push(item)
    if (position === until) break
  }
  return items
}

/** Blocks of records, as `next` gives them, each with the position after it; an empty array is the end. */
const positioned = <A>(from: number, next: (position: number) => ReadonlyArray<A>) =>
  Stream.fromPull(Effect.sync(() => {
    let position = from
    return Effect.suspend(() => {
      const items = next(position)
      if (items.length === 0) return Cause.done()
      position += items.length
      return Effect.succeed(Arr.of({ ...block(items), resumeAfter: position }))
    })
  }))

const fromArray = <A>(items: ReadonlyArray<A>, from: number) =>
  positioned(from, (position) =>
    position === 0 && items.length <= maxBlockRecords ? items : items.slice(position, position + maxBlockRecords))

const fromIterator = <A>(iterator: Iterator<A>, from: number) => {
  let unskipped = from
  let ended = false
  return positioned(from, () => {
    const items: Array<A> = []
    while (!ended && items.length < blockRecords) {
      const result = iterator.next()
      if (result.done === true) ended = true
      else if (unskipped > 0) unskipped--
      else items.push(result.value)
    }
    return items
  })
}
