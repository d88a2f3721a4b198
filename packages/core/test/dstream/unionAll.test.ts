import { assert, describe, it } from "@effect/vitest"
import { DStream, InvalidPipeline } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Effect } from "effect"
import { agrees, failureOf, itemsOf, smallInt, table } from "./support.ts"

describe("unionAll", () => {
  table(
    (input: DStream.DStream<number>) =>
      DStream.unionAll([input, DStream.map(input, (n) => `${n}`), DStream.count(input)]),
    {
      "of empty batches is what the streams give": [[[]], [[0]]],
      "one": [[[7]], [[7, "7", 1]]],
      "many, in the order of the list (ST-16)": [[[2, 1]], [[2, 1, "2", "1", 2]]],
      "batches stay apart": [[[1], [], [2]], [[1, "1", 1], [0], [2, "2", 1]]]
    }
  )

  agrees(
    "puts the batches of all streams one after the other",
    smallInt,
    (input) => DStream.unionAll(Array.from({ length: 7 }, (_, at) => DStream.filter(input, (n) => n % (at + 1) === 0))),
    (items) => Array.from({ length: 7 }, (_, at) => items.filter((n) => n % (at + 1) === 0)).flat()
  )

  it.effect("of one stream is that stream", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* itemsOf([[1], []], (input) => DStream.unionAll([input])), [[1], []])
    }))

  it.effect("of one stream many times gives it many times", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2]], (input) => DStream.unionAll(Array.from({ length: 1000 }, () => input)))
      assert.strictEqual(out[0]?.length, 2000)
    }))

  it.effect("of three receivers keeps their order, whoever has something", () =>
    Effect.gen(function*() {
      const out = yield* TestPipeline.runMany([[["a"], []], [[1], [2]], [[], [true]]], (a, b, c) =>
        DStream.unionAll([c, a, b]))
      assert.deepStrictEqual(out.map((batch) => batch.items), [["a", 1], [true, 2]])
    }))

  it.effect("of nothing is refused before anything runs (ST-16, ER-05)", () =>
    Effect.gen(function*() {
      const { reason } = yield* failureOf([[1]], () => DStream.unionAll([]))
      assert(reason instanceof InvalidPipeline)
      assert.deepStrictEqual(reason.problems, [{ _tag: "EmptyUnion", output: "collected" }])
    }))

  it.effect("does not look at its list again once it was made", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1]], (input) => {
        const streams = [input, input]
        const united = DStream.unionAll(streams)
        streams.length = 0
        return united
      })
      assert.deepStrictEqual(out, [[1, 1]])
    }))
})
