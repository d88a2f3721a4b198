import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, failuresOf, forms, hostileKey, hostileKeys, itemsOf, naiveGroups, smallInt, table } from "./support.ts"

describe("countByValue", () => {
  table((input: DStream.DStream<string>) => DStream.countByValue(input), {
    "an empty batch stays empty": [[[]], [[]]],
    "one": [[["a"]], [[["a", 1]]]],
    "many, values in the order in which they first came (ST-09)": [
      [["b", "a", "b", "c", "a", "b"]],
      [[["b", 3], ["a", 2], ["c", 1]]]
    ],
    "batches do not add up": [[["a"], [], ["a", "b"]], [[["a", 1]], [], [["a", 1], ["b", 1]]]]
  })

  forms([["a"]], [[["a", 1]]], {
    "data first": (input: DStream.DStream<string>) => DStream.countByValue(input),
    "bare in a pipe": (input) => input.pipe(DStream.countByValue)
  })

  table((input: DStream.DStream<string | number | bigint | boolean>) => DStream.countByValue(input), {
    "hostile words are words like others": [[hostileKeys], [hostileKeys.map((key) => [key, 1])]],
    "1, \"1\", 1n and true are four": [[[1, "1", 1n, true, 1]], [[[1, 2], ["1", 1], [1n, 1], [true, 1]]]],
    "NaN is NaN": [[[NaN, 0 / 0]], [[[NaN, 2]]]],
    "-0 is 0, whichever came first": [[[-0, 0], [0, -0]], [[[0, 2]], [[0, 2]]]],
    "equal bigints and equal texts of other objects are one": [
      [[2n ** 70n, 2n ** 70n, ["a", "b"].join(""), "ab"]],
      [[[2n ** 70n, 2], ["ab", 2]]]
    ]
  })

  agrees(
    "counts as a naive reader would",
    hostileKey,
    (input) => DStream.countByValue(input),
    (items) => naiveGroups(items.map((item) => [item, 0] as const)).map(([key, values]) => [key, values.length])
  )

  agrees(
    "counts what a chain gives",
    smallInt,
    (input) => input.pipe(DStream.map((n) => `${n},${n % 3}`), DStream.split(","), DStream.countByValue),
    (items) =>
      naiveGroups(items.flatMap((n) => [`${n}`, `${n % 3}`]).map((word) => [word, 0] as const))
        .map(([key, values]) => [key, values.length])
  )

  it.effect("a key of a megabyte is a key", () =>
    Effect.gen(function*() {
      const key = "k".repeat(1024 * 1024)
      const out = yield* itemsOf([[key, `${key}!`, key]], (input) => DStream.countByValue(input))
      assert.deepStrictEqual(out, [[[key, 2], [`${key}!`, 1]]])
    }))

  it.effect("leaves every prototype as it was", () =>
    Effect.gen(function*() {
      yield* itemsOf([["__proto__", "polluted", "constructor", "prototype"]], (input) => DStream.countByValue(input))
      const plain: object = {}
      assert.isFalse("polluted" in plain)
      assert.deepStrictEqual(Object.keys(Object.prototype), [])
    }))

  it.effect("may be changed by its reader without harm to the next batch", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([["a"], ["a"]], (input) =>
        input.pipe(
          DStream.countByValue,
          DStream.mapBatch((pairs) => pairs.map((pair) => [pair[0], pair[1]])),
          DStream.map((pair) => {
            pair[1] = 7
            return pair
          })
        ))
      assert.deepStrictEqual(out, [[["a", 7]], [["a", 7]]])
    }))

  for (const cast of [null, {}, []]) {
    it.effect(`an item cast to a key is refused: ${JSON.stringify(cast)}`, () =>
      Effect.gen(function*() {
        const items: ReadonlyArray<string> = JSON.parse(JSON.stringify(["a", cast]))
        const { message, reason } = yield* failuresOf([items], (input) => DStream.countByValue(input))
        assert(reason._tag === "StepFailed")
        assert.deepStrictEqual([reason.step, reason.item], ["countByValue", 1])
        assert.include(message, "A key must be a string, number, bigint or boolean")
      }))
  }
})
