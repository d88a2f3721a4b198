import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Effect } from "effect"
import { agrees, anyNumber, forms, itemsOf, smallInt, table } from "./support.ts"

const negated = (input: DStream.DStream<number>) => DStream.map(input, (n) => -n)

describe("union", () => {
  table((input: DStream.DStream<number>) => DStream.union(input, negated(input)), {
    "of empty batches is empty": [[[]], [[]]],
    "one": [[[1]], [[1, -1]]],
    "first those of self, then those of that, repeats kept (ST-10)": [[[1, 2, 1]], [[1, 2, 1, -1, -2, -1]]],
    "batches stay apart": [[[1], [], [2]], [[1, -1], [], [2, -2]]]
  })

  forms([[1]], [[1, -1]], {
    "data first": (input: DStream.DStream<number>) => DStream.union(input, negated(input)),
    "data last": (input) => input.pipe(DStream.union(negated(input)))
  })

  agrees(
    "of a stream with itself gives every batch twice",
    anyNumber,
    (input) => DStream.union(input, input),
    (items) => [...items, ...items]
  )

  agrees(
    "nests in any shape, under chains and aggregations",
    smallInt,
    (input) => {
      const twice = DStream.union(input, negated(input))
      const left = DStream.union(twice, input).pipe(DStream.filter((n) => n !== 3))
      const right = DStream.union(input, DStream.union(left, DStream.count(twice)))
      return DStream.union(left, right).pipe(DStream.map((n) => n * 2))
    },
    (items) => {
      const twice = [...items, ...items.map((n) => -n)]
      const left = [...twice, ...items].filter((n) => n !== 3)
      return [...left, ...items, ...left, twice.length].map((n) => n * 2)
    }
  )

  it.effect("two receivers meet at the same batch time, each with what it has", () =>
    Effect.gen(function*() {
      const out = yield* TestPipeline.runMany([[[1], [2], []], [["a"], [], ["c", "d"], ["e"]]], (numbers, letters) =>
        DStream.union(numbers, letters))
      assert.deepStrictEqual(out.map((batch) => batch.items), [[1, "a"], [2], ["c", "d"], ["e"]])
    }))

  it.effect("one side may have no batch at all: there is no none, only empty (LC-03)", () =>
    Effect.gen(function*() {
      const out = yield* TestPipeline.runMany([[], [[1], [2]]], (none, some) => DStream.union(none, some))
      assert.deepStrictEqual(out.map((batch) => batch.items), [[1], [2]])
    }))

  it.effect("computes a parent that both sides share once", () =>
    Effect.gen(function*() {
      let calls = 0
      const out = yield* itemsOf([[1, 2], [3]], (input) => {
        const shared = DStream.map(input, (n) => {
          calls++
          return n
        })
        const odd = DStream.filter(shared, (n) => n % 2 === 1)
        return DStream.unionAll([shared, odd, DStream.count(shared), DStream.union(shared, odd)])
      })
      assert.deepStrictEqual(out, [[1, 2, 1, 2, 1, 2, 1], [3, 3, 1, 3, 3]])
      assert.strictEqual(calls, 2 * 3)
    }))

  it.effect("doubling forty times is refused by nobody and computed once for each level", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1], []], (input) => {
        let stream: DStream.DStream<number> = input
        for (let i = 0; i < 40; i++) {
          stream = DStream.union(stream, stream).pipe(DStream.reduce((left, right) => left + right))
        }
        return stream
      })
      assert.deepStrictEqual(out, [[2 ** 40], []])
    }))
})
