import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, anyNumber, forms, itemsOf, smallInt, table } from "./support.ts"

describe("count", () => {
  table((input: DStream.DStream<unknown>) => DStream.count(input), {
    "0 for an empty batch (ST-08)": [[[]], [[0]]],
    "one": [[["a"]], [[1]]],
    "many, equal ones too": [[["a", "a", "b"]], [[3]]],
    "one number for each batch": [[["a"], [], ["b", "c"]], [[1], [0], [2]]],
    "counts what is nothing": [[[undefined, null, NaN]], [[3]]]
  })

  forms([["a", "b"]], [[2]], {
    "data first": (input: DStream.DStream<string>) => DStream.count(input),
    "bare in a pipe": (input) => input.pipe(DStream.count)
  })

  agrees("is the length of every batch", anyNumber, (input) => DStream.count(input), (items) => [items.length])

  agrees(
    "counts what is left of chains, and pairs",
    smallInt,
    (input) =>
      input.pipe(
        DStream.flatMap((n) => Array.from({ length: n }, () => n)),
        DStream.keyBy((n) => n % 2),
        DStream.filter(([key]) => key === 1),
        DStream.flatMapValues((n) => [n, n]),
        DStream.count
      ),
    (items) => [items.reduce((sum, n) => sum + (n % 2 === 1 ? 2 * n : 0), 0)]
  )

  it.effect("counts over all parts of a union", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2], []], (input) => DStream.unionAll([input, input, input]).pipe(DStream.count))
      assert.deepStrictEqual(out, [[6], [0]])
    }))

  it.effect("of counts is 1", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* itemsOf([[], [1, 2]], (input) => DStream.count(DStream.count(input))), [[1], [1]])
    }))
})
