import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, anyNumber, blames, boom, forms, itemsOf, table } from "./support.ts"

describe("filter", () => {
  table((input: DStream.DStream<number>) => DStream.filter(input, (n) => n % 2 === 0), {
    "an empty batch stays empty": [[[]], [[]]],
    "one that is kept": [[[2]], [[2]]],
    "one that is not: the batch is empty, and there": [[[1]], [[]]],
    "many, in order, repeats kept (ST-03)": [[[2, 1, 4, 2, 3]], [[2, 4, 2]]],
    "batches stay apart": [[[1, 2], [3], [], [4]], [[2], [], [], [4]]]
  })

  forms([[1, 2, 3]], [[3]], {
    "data first": (input: DStream.DStream<number>) => DStream.filter(input, (n) => n > 2),
    "data last": (input) => input.pipe(DStream.filter((n) => n > 2))
  })

  agrees("is Array.filter of every batch", anyNumber, (input) => DStream.filter(input, (n) => n > 0), (items) =>
    items.filter((n) => n > 0))

  blames("filter", 2, [[1, 2, 3]], (input) =>
    DStream.filter(input, (n) => {
      if (n === 3) throw boom
      return false
    }))

  it.effect("gives the very items, not copies", () =>
    Effect.gen(function*() {
      const items = [{ n: 1 }, { n: 2 }]
      const [out] = yield* itemsOf([items], (input) => DStream.filter(input, () => true))
      assert(out?.every((item, index) => item === items[index]))
    }))

  it.effect("narrows by a type guard, also one that was inferred", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([["a", undefined, "b"]], (input) =>
        input.pipe(DStream.filter((word) => word !== undefined), DStream.map((word) => word.toUpperCase())))
      assert.deepStrictEqual(out, [["A", "B"]])
    }))

  it.effect("reads a predicate's answer as the language does", () =>
    Effect.gen(function*() {
      const answers: ReadonlyArray<boolean> = JSON.parse("[1, \"a\", {}, 0, \"\", null, true, false]")
      const out = yield* itemsOf([[0, 1, 2, 3, 4, 5, 6, 7, 8]], (input) =>
        DStream.filter(input, (at) => answers[at]!))
      assert.deepStrictEqual(out, [[0, 1, 2, 6]])
    }))

  it.effect("filters pairs between keyed operators without losing their keys", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2, 3, 4]], (input) =>
        input.pipe(
          DStream.keyBy((n) => n % 2),
          DStream.filter(([key, n]) => key === 1 || n > 2),
          DStream.groupByKey
        ))
      assert.deepStrictEqual(out, [[[1, [1, 3]], [0, [4]]]])
    }))
})
