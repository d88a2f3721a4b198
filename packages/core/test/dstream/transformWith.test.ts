import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Effect } from "effect"
import { agrees, failuresOf, forms, itemsOf, smallInt, table } from "./support.ts"

const label = (left: ReadonlyArray<number>, right: ReadonlyArray<string>, time: number) => [
  `${time}: ${left.join(" ")} | ${right.join(" ")}`
]

describe("transformWith", () => {
  table(
    (input: DStream.DStream<number>) =>
      DStream.transformWith(input, input.pipe(DStream.filter((n) => n > 1), DStream.map(String)), label),
    {
      "empty batches are batches too": [[[]], [["1000:  | "]]],
      "one side empty": [[[1]], [["1000: 1 | "]]],
      "many, over several batches, each with its time (ST-12)": [
        [[1, 2], [], [3]],
        [["1000: 1 2 | 2"], ["2000:  | "], ["3000: 3 | 3"]]
      ]
    }
  )

  forms([[1, 2]], [[[2, 2]]], {
    "data first": (input: DStream.DStream<number>) =>
      DStream.transformWith(input, input, (left, right) => [[left.length, right.length]]),
    "data last": (input) => input.pipe(DStream.transformWith(input, (left, right) => [[left.length, right.length]]))
  })

  agrees(
    "is the function of both batches and their time",
    smallInt,
    (input) =>
      DStream.transformWith(
        DStream.map(input, (n) => -n),
        DStream.filter(input, (n) => n > 4),
        (left, right, time) => [time, ...left, ...right]
      ),
    (items, time) => [time, ...items.map((n) => -n), ...items.filter((n) => n > 4)]
  )

  it.effect("two receivers meet at the same batch time", () =>
    Effect.gen(function*() {
      const out = yield* TestPipeline.runMany([[[1], [2], []], [["a"], [], ["c"]]], (numbers, letters) =>
        DStream.transformWith(numbers, letters, label))
      assert.deepStrictEqual(out.map((batch) => batch.items), [["1000: 1 | a"], ["2000: 2 | "], ["3000:  | c"]])
    }))

  it.effect("with itself: both sides are the same batch", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1], []], (input) =>
        DStream.transformWith(input, input, (left, right) => [...left, ...right]))
      assert.deepStrictEqual(out, [[1, 1], []])
    }))

  it.effect("refuses what is no array", () =>
    Effect.gen(function*() {
      const cheat: { readonly f: typeof label } = JSON.parse("{}")
      Object.assign(cheat, { f: () => undefined })
      const error = yield* failuresOf([[1]], (input) =>
        DStream.transformWith(input, DStream.map(input, String), cheat.f))
      assert.include(error.message, "transformWith")
      assert.include(error.message, "instead of an array")
    }))
})
