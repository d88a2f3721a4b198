import { assert, describe, it } from "@effect/vitest"
import { type Cause, Effect, Exit, Option, Queue } from "effect"
import { queue, type QueueOptions } from "../../../src/dstream/receivers/queue.ts"
import { openPerBatch } from "./support.ts"

const batches = [["to", "be"], [], ["or"]]

/** What the first `count` batches hold; `undefined` is the end. */
const take = (options: Omit<QueueOptions<string>, "name">, list: ReadonlyArray<ReadonlyArray<string>>, count: number) =>
  Effect.scoped(Effect.gen(function*() {
    const ask = yield* openPerBatch(queue({ name: "q", ...options }, list))
    const taken: Array<unknown> = []
    for (let i = 0; i < count; i++) taken.push(Option.getOrUndefined(yield* ask(i)))
    return taken
  }))

describe("queue of a list", () => {
  it.effect("gives one array per batch, then ends", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* take({}, batches, 5), [["to", "be"], [], ["or"], undefined, undefined])
      assert.deepStrictEqual(yield* take({}, [], 1), [undefined])
    }))

  it.effect("with oneAtATime false gives everything at once, then ends", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* take({ oneAtATime: false }, batches, 2), [["to", "be", "or"], undefined])
    }))

  it.effect("with a default batch goes on with that", () =>
    Effect.gen(function*() {
      const found = yield* take({ defaultBatch: ["?"] }, batches, 5)
      assert.deepStrictEqual(found, [["to", "be"], [], ["or"], ["?"], ["?"]])
    }))

  it.effect("resumes after the arrays that were taken", () =>
    Effect.gen(function*() {
      const receiver = queue({ name: "q" }, batches)
      assert(receiver.source._tag === "PerBatch")
      const ask = yield* receiver.source.open(Option.none())
      const first = yield* ask({ time: 1, maxRecords: 1 })
      const after = Option.map(first, ({ resumeAfter }) => resumeAfter)
      assert.deepStrictEqual(after, Option.some(1))
      const again = yield* openPerBatch(receiver, after)
      assert.deepStrictEqual(yield* again(2), Option.some([]))
      assert.deepStrictEqual(yield* again(3), Option.some(["or"]))
    }))
})

describe("queue of an Effect Queue", () => {
  it.effect("gives one array per batch, and empty batches while nothing waits", () =>
    Effect.gen(function*() {
      const source = yield* Queue.unbounded<ReadonlyArray<number>, Cause.Done>()
      const ask = yield* openPerBatch(queue({ name: "q" }, source))
      assert.deepStrictEqual(yield* ask(1), Option.some([]))
      yield* Queue.offerAll(source, [[1, 2], [3]])
      assert.deepStrictEqual(yield* ask(2), Option.some([1, 2]))
      yield* Queue.end(source)
      assert.deepStrictEqual(yield* ask(3), Option.some([3]))
      assert.deepStrictEqual(yield* ask(4), Option.none())
      assert.deepStrictEqual(yield* ask(5), Option.none())
    }))

  it.effect("with oneAtATime false unites all that waits; a default batch stands in for nothing", () =>
    Effect.gen(function*() {
      const source = yield* Queue.unbounded<ReadonlyArray<number>, Cause.Done>()
      const ask = yield* openPerBatch(queue({ name: "q", oneAtATime: false, defaultBatch: [0] }, source))
      yield* Queue.offerAll(source, [[1, 2], [], [3]])
      assert.deepStrictEqual(yield* ask(1), Option.some([1, 2, 3]))
      assert.deepStrictEqual(yield* ask(2), Option.some([0]))
      yield* Queue.offer(source, [])
      assert.deepStrictEqual(yield* ask(3), Option.some([]))
      yield* Queue.offer(source, [4])
      yield* Queue.end(source)
      assert.deepStrictEqual(yield* ask(4), Option.some([4]))
      assert.deepStrictEqual(yield* ask(5), Option.none())
    }))

  it.effect("fails as the queue fails, after what waited", () =>
    Effect.gen(function*() {
      const source = yield* Queue.unbounded<ReadonlyArray<number>, "broken">()
      const ask = yield* openPerBatch(queue({ name: "q", oneAtATime: false }, source))
      yield* Queue.offer(source, [1])
      yield* Queue.fail(source, "broken")
      assert.deepStrictEqual(yield* ask(1), Option.some([1]))
      assert.deepStrictEqual(yield* Effect.exit(ask(2)), Exit.fail("broken" as const))
    }))
})
