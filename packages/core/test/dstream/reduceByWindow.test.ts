import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect, Schema } from "effect"
import { naiveReduce } from "./naiveWindows.ts"
import { blames, boom, smallInt } from "./support.ts"
import { spoken, windowAgrees } from "./windowSupport.ts"

const value = Schema.Number
const plus = (left: number, right: number): number => left + right
const minus = (total: number, left: number): number => total - left
const two = { name: "w", windowDuration: "2 seconds", value, reduce: plus } as const

describe("reduceByWindow", () => {
  it.effect("one for each window that has data (WI-04)", () =>
    Effect.gen(function*() {
      for (const inverse of [undefined, minus]) {
        assert.deepStrictEqual(
          yield* spoken([[], [1, 2], [3], [], []], (input) => DStream.reduceByWindow(input, { ...two, inverse })),
          [[1, []], [2, [3]], [3, [6]], [4, [3]], [5, []]]
        )
      }
    }))

  it.effect(`with an inverse and semantics: "spark", stays at what is left (WI-05)`, () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* spoken([[], [1, 2], [3], [], []], (input) =>
          DStream.reduceByWindow(input, { ...two, inverse: minus, semantics: "spark" })),
        [[1, []], [2, [3]], [3, [6]], [4, [3]], [5, [0]]]
      )
    }))

  it.effect("slides by more than a batch, and leaves gaps", () =>
    Effect.gen(function*() {
      const by = (windowDuration: number, slideDuration: number) =>
        spoken([[1], [2], [4], [8], [16], [32]], (input) =>
          DStream.reduceByWindow(input, { ...two, windowDuration, slideDuration }))
      assert.deepStrictEqual(yield* by(4000, 2000), [[2, [3]], [4, [15]], [6, [60]]])
      assert.deepStrictEqual(yield* by(1000, 3000), [[3, [4]], [6, [32]]])
    }))

  windowAgrees(
    "keeps the order of items",
    smallInt,
    (input, durations) =>
      input.pipe(
        DStream.map(String),
        DStream.reduceByWindow({ name: "w", value: Schema.String, reduce: (left, right) => left + right, ...durations })
      ),
    (batches, shape) => naiveReduce(batches, shape, (items) => items.join(""))
  )

  windowAgrees(
    "with an inverse",
    smallInt,
    (input, durations) => DStream.reduceByWindow(input, { name: "w", value, reduce: plus, inverse: minus, ...durations }),
    (batches, shape) => naiveReduce(batches, shape, (items) => items.reduce(plus))
  )

  blames("reduceByWindow", 1, [[1, 2]], (input) =>
    DStream.reduceByWindow(input, {
      ...two,
      reduce: () => {
        throw boom
      }
    }))
})
