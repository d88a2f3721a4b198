import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Option, Schema } from "effect"
import { fromIterable } from "../../../src/dstream/receivers/fromIterable.ts"
import { blocksOf, openPull, recordsOf } from "./support.ts"

const counting = (length: number) => {
  const seen = { opened: 0, read: 0, closed: 0 }
  const iterable: Iterable<number> = {
    *[Symbol.iterator]() {
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

function* once() {
  yield 1
  yield 2
}

describe("fromIterable", () => {
  it.effect("hands over a short array as it is", () =>
    Effect.gen(function*() {
      const items = ["a", "b"]
      const [block, ...more] = yield* blocksOf(fromIterable({ name: "i" }, items))
      assert.strictEqual(block?.payload, items)
      assert.strictEqual(block?.resumeAfter, 2)
      assert.strictEqual(more.length, 0)
      assert.deepStrictEqual(yield* blocksOf(fromIterable({ name: "i" }, [])), [])
    }))

  it.effect("hands over a long array in slices", () =>
    Effect.gen(function*() {
      const items = Array.from({ length: 20_000 }, (_, i) => i)
      const blocks = yield* blocksOf(fromIterable({ name: "i" }, items))
      assert.deepStrictEqual(blocks.map(({ records, resumeAfter }) => [records, resumeAfter]), [[16_384, 16_384], [3_616, 20_000]])
    }))

  it.effect("reads other iterables lazily, 1024 elements to a block, and closes the iterator", () =>
    Effect.gen(function*() {
      const { iterable, seen } = counting(1_000_000)
      yield* Effect.scoped(Effect.gen(function*() {
        const pull = yield* openPull(fromIterable({ name: "i" }, iterable))
        assert.strictEqual(seen.read, 0)
        const [block] = yield* pull
        assert.strictEqual(block.records, 1024)
        yield* pull
        assert.deepStrictEqual(seen, { opened: 1, read: 2048, closed: 0 })
      }))
      assert.deepStrictEqual(seen, { opened: 1, read: 2048, closed: 1 })
    }))

  it.effect("starts anew on each opening", () =>
    Effect.gen(function*() {
      const { iterable, seen } = counting(3)
      const receiver = fromIterable({ name: "i" }, iterable)
      assert.deepStrictEqual(yield* recordsOf(receiver), [1, 2, 3])
      assert.deepStrictEqual(yield* recordsOf(receiver), [1, 2, 3])
      assert.strictEqual(seen.opened, 2)
    }))

  it.effect("an iterator that runs only once is used up by its first opening", () =>
    Effect.gen(function*() {
      const receiver = fromIterable({ name: "i" }, once())
      assert.strictEqual(receiver.delivery, "Unreplayable")
      assert.isUndefined(receiver.position)
      assert.deepStrictEqual(yield* recordsOf(receiver), [1, 2])
      assert.deepStrictEqual(yield* recordsOf(receiver), [])
    }))

  it.effect.prop("resumes exactly after any position it gave", [
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40_000 }))),
    Arbitrary.schema(Schema.Boolean)
  ], ([length, asArray]) =>
    Effect.gen(function*() {
      const items = Array.from({ length }, (_, i) => i)
      const receiver = fromIterable({ name: "i" }, asArray ? items : new Set(items))
      const blocks = yield* blocksOf(receiver)
      let before = 0
      for (const { records, resumeAfter } of blocks.slice(0, 3)) {
        before += records
        assert.deepStrictEqual(yield* recordsOf(receiver, Option.some(resumeAfter)), items.slice(before))
      }
    }), { arbitrary: { runs: 20 } })
})
