import { assert, describe, it } from "@effect/vitest"
import { Data, Deferred, Effect, Exit, Fiber } from "effect"
import { fromAsyncIterable } from "../../../src/dstream/receivers/fromAsyncIterable.ts"
import { ReceiverError } from "../../../src/dstream/receivers/ReceiverError.ts"
import { blocksOf, openPull, recordsOf } from "./support.ts"

class Broken extends Data.TaggedError("Broken")<{ readonly cause: unknown }> {}

const counting = (length: number) => {
  const seen = { opened: 0, read: 0, closed: 0 }
  const iterable: AsyncIterable<number> = {
    async *[Symbol.asyncIterator]() {
      seen.opened++
      try {
        for (let i = 1; i <= length; i++) {
          seen.read++
          yield i
        }
      } finally {
        seen.closed++
      }
    }
  }
  return { iterable, seen }
}

/** Gives one element for each `send`, and waits for it meanwhile. */
const gate = () => {
  const sent = Array.from({ length: 10 }, () => Deferred.makeUnsafe<number>())
  const seen = { next: 0, returned: 0, sent: 0 }
  const iterable: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Effect.runPromise(Deferred.await(sent[seen.next++]!)).then((value) => ({ done: false, value })),
      return: () => {
        seen.returned++
        return Promise.resolve({ done: true, value: undefined })
      }
    })
  }
  return { iterable, seen, send: (value: number) => Deferred.doneUnsafe(sent[seen.sent++]!, Effect.succeed(value)) }
}

describe("fromAsyncIterable", () => {
  it.effect("gives everything in order and ends; what is ready comes in large blocks", () =>
    Effect.gen(function*() {
      const { iterable, seen } = counting(3000)
      const blocks = yield* blocksOf(fromAsyncIterable({ name: "a" }, iterable))
      assert.deepStrictEqual(blocks.flatMap(({ payload }) => payload), Array.from({ length: 3000 }, (_, i) => i + 1))
      assert.deepStrictEqual(blocks.map(({ records }) => records), [1024, 1024, 952])
      assert.deepStrictEqual(seen, { opened: 1, read: 3000, closed: 1 })
    }))

  it.effect("starts anew on each opening", () =>
    Effect.gen(function*() {
      const { iterable, seen } = counting(2)
      const receiver = fromAsyncIterable({ name: "a" }, iterable)
      assert.deepStrictEqual(yield* recordsOf(receiver), [1, 2])
      assert.deepStrictEqual(yield* recordsOf(receiver), [1, 2])
      assert.strictEqual(seen.opened, 2)
    }))

  it.effect("reads nothing before the first pull and one block's worth for each, then closes the iterator", () =>
    Effect.gen(function*() {
      const { iterable, seen } = counting(1_000_000)
      yield* Effect.scoped(Effect.gen(function*() {
        const pull = yield* openPull(fromAsyncIterable({ name: "a" }, iterable))
        yield* Effect.promise(() => Promise.resolve())
        assert.strictEqual(seen.read, 0)
        yield* pull
        yield* Effect.promise(() => Promise.resolve())
        assert.strictEqual(seen.read, 1024)
      }))
      assert.deepStrictEqual(seen, { opened: 1, read: 1024, closed: 1 })
    }))

  it.effect("does not wait for a second element once it has one", () =>
    Effect.gen(function*() {
      const { iterable, seen, send } = gate()
      const pull = yield* openPull(fromAsyncIterable({ name: "a" }, iterable))
      send(7)
      const [block] = yield* pull
      assert.deepStrictEqual(block.payload, [7])
      assert.strictEqual(seen.next, 2)
      send(8)
      send(9)
      assert.deepStrictEqual((yield* pull)[0].payload, [8, 9])
    }))

  it.effect("closes the iterator when a pending read is interrupted, without waiting for that read", () =>
    Effect.gen(function*() {
      const { iterable, seen } = gate()
      const reading = yield* Effect.forkChild(recordsOf(fromAsyncIterable({ name: "a" }, iterable)), { startImmediately: true })
      assert.strictEqual(seen.next, 1)
      yield* Fiber.interrupt(reading)
      assert.strictEqual(seen.returned, 1)
    }))

  it.effect("what an interrupted pull was reading comes with the next pull", () =>
    Effect.gen(function*() {
      const { iterable, send } = gate()
      const pull = yield* openPull(fromAsyncIterable({ name: "a" }, iterable))
      const reading = yield* Effect.forkChild(pull, { startImmediately: true })
      yield* Fiber.interrupt(reading)
      send(1)
      assert.deepStrictEqual((yield* pull)[0].payload, [1])
    }))

  const breaking: AsyncIterable<number> = {
    async *[Symbol.asyncIterator]() {
      yield 1
      yield 2
      throw new Error("cable")
    }
  }

  it.effect("fails with the user's error, after what came before", () =>
    Effect.gen(function*() {
      const pull = yield* openPull(fromAsyncIterable({ name: "a", onError: (cause) => new Broken({ cause }) }, breaking))
      assert.deepStrictEqual((yield* pull)[0].payload, [1, 2])
      const error = yield* Effect.flip(pull)
      assert(error instanceof Broken)
      assert(error.cause instanceof Error)
      assert.strictEqual(error.cause.message, "cable")
    }))

  it.effect("fails with a retryable ReceiverError where the user gave none", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(recordsOf(fromAsyncIterable({ name: "feed" }, breaking)))
      assert(error instanceof ReceiverError)
      assert.isTrue(error.isRetryable)
      assert.strictEqual(error.reason, "ReadFailed")
      assert.strictEqual(error.message, "Receiver \"feed\" could not be read")
    }))

  it.effect("an iterator that fails while it is closed fails nobody", () =>
    Effect.gen(function*() {
      const iterable: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.resolve({ done: true, value: undefined }),
          return: () => Promise.reject(new Error("late"))
        })
      }
      assert.deepStrictEqual(yield* Effect.exit(recordsOf(fromAsyncIterable({ name: "a" }, iterable))), Exit.succeed([]))
    }))
})
