import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import type * as Receiver from "../../../src/dstream/Receiver.ts"
import { fromIterable } from "../../../src/dstream/receivers/fromIterable.ts"
import { queue } from "../../../src/dstream/receivers/queue.ts"
import { ranges } from "../../../src/dstream/receivers/ranges.ts"

const reread = <E>(receiver: Receiver.Receiver<unknown, E>, after: number | undefined, until: number) => {
  assert(receiver.reread !== undefined)
  return Effect.scoped(receiver.reread({ after: Option.fromUndefinedOr(after), until }))
}

const numbers = (length: number) => Array.from({ length }, (_, index) => index)

describe("a range is read again", () => {
  for (const [title, iterable] of [["an array", numbers(10)], ["a set", new Set(numbers(10))]] as const) {
    it.effect(`from ${title}`, () =>
      Effect.gen(function*() {
        const receiver = fromIterable({ name: "i" }, iterable)
        assert.deepStrictEqual(yield* reread(receiver, undefined, 3), [0, 1, 2])
        assert.deepStrictEqual(yield* reread(receiver, 3, 5), [3, 4])
        assert.deepStrictEqual(yield* reread(receiver, 5, 5), [])
        assert.deepStrictEqual(yield* reread(receiver, 8, 10), [8, 9])
      }))
  }

  it.effect("from an iterable without reading beyond the range, whose iterator is closed", () =>
    Effect.gen(function*() {
      const seen = { read: 0, closed: 0 }
      const iterable: Iterable<number> = {
        *[Symbol.iterator]() {
          try {
            for (;;) yield seen.read++
          } finally {
            seen.closed++
          }
        }
      }
      assert.deepStrictEqual(yield* reread(fromIterable({ name: "i" }, iterable), 2, 4), [2, 3])
      assert.strictEqual(seen.closed, 1)
      assert.strictEqual(seen.read, 4)
    }))

  it.effect("not from an iterator that runs only once", () =>
    Effect.sync(() => assert.isUndefined(fromIterable({ name: "i" }, numbers(3).values()).reread)))

  it.effect("from a list of batches, also where the default batch was taken", () =>
    Effect.gen(function*() {
      const receiver = queue({ name: "q", defaultBatch: ["?"] }, [["to", "be"], [], ["or"]])
      assert.deepStrictEqual(yield* reread(receiver, undefined, 1), ["to", "be"])
      assert.deepStrictEqual(yield* reread(receiver, 1, 2), [])
      assert.deepStrictEqual(yield* reread(receiver, undefined, 3), ["to", "be", "or"])
      assert.deepStrictEqual(yield* reread(receiver, 3, 3), ["?"])
      assert.deepStrictEqual(yield* reread(queue({ name: "q" }, [["a"]]), 1, 1), [])
    }))

  it.effect("from a log, from its start where nothing came before", () =>
    Effect.gen(function*() {
      const receiver = ranges({
        name: "log",
        position: Schema.Int,
        start: 100,
        latest: Effect.succeed(200),
        limit: (_, latest) => latest,
        read: (from, until) => from < 150 ? Effect.succeed([from, until]) : Effect.fail("gone" as const)
      })
      assert.deepStrictEqual(yield* reread(receiver, undefined, 120), [100, 120])
      assert.deepStrictEqual(yield* reread(receiver, 120, 130), [120, 130])
      assert.strictEqual(yield* Effect.flip(reread(receiver, 150, 160)), "gone")
    }))
})
