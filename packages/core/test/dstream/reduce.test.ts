import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, anyNumber, blames, boom, forms, itemsOf, smallInt, table } from "./support.ts"

describe("reduce", () => {
  table((input: DStream.DStream<string>) => DStream.reduce(input, (left, right) => `(${left}${right})`), {
    "an empty batch gives an empty batch (ST-07)": [[[]], [[]]],
    "one item is the result, and the function is not called": [[["a"]], [["a"]]],
    "many, from the left": [[["a", "b", "c", "d"]], [["(((ab)c)d)"]]],
    "one result for each batch that has items": [[["a", "b"], [], ["c"]], [["(ab)"], [], ["c"]]]
  })

  forms([[1, 2, 3]], [[6]], {
    "data first": (input: DStream.DStream<number>) => DStream.reduce(input, (left, right) => left + right),
    "data last": (input) => input.pipe(DStream.reduce((left, right) => left + right))
  })

  agrees(
    "is Array.reduce of every batch",
    anyNumber,
    (input) => DStream.reduce(input, (left, right) => left - right),
    (items) => items.length === 0 ? [] : [items.reduce((left, right) => left - right)]
  )

  agrees(
    "of pairs gives a pair",
    smallInt,
    (input) => input.pipe(DStream.keyBy((n) => n % 2), DStream.reduce(([, left], [key, right]) => [key, left + right])),
    (items) => items.length === 0 ? [] : [[(items.at(-1) ?? 0) % 2, items.reduce((left, right) => left + right)]]
  )

  blames("reduce", 1, [["a", "b"]], (input) =>
    DStream.reduce(input, () => {
      throw boom
    }))

  it.effect("undefined, null, 0 and NaN are results like others", () =>
    Effect.gen(function*() {
      const batches = [[undefined, 1], [null, 1], [0, 1], [NaN, 1], [undefined]]
      const out = yield* itemsOf(batches, (input) => DStream.reduce(input, (left) => left))
      assert.deepStrictEqual(out, [[undefined], [null], [0], [NaN], [undefined]])
      const right = yield* itemsOf([[1, undefined], [1, undefined, 2]], (input) =>
        DStream.reduce(input, (_, right) => right))
      assert.deepStrictEqual(right, [[undefined], [2]])
    }))

  it.effect("goes on over the parts of a union, in their order", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([["a", "b"], []], (input) =>
        DStream.union(input, DStream.map(input, (s) => s.toUpperCase())).pipe(
          DStream.reduce((left, right) => left + right)
        ))
      assert.deepStrictEqual(out, [["abAB"], []])
    }))

  it.effect("starts every batch anew, also where the result is changed in place", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2], [3, 4]], (input) =>
        input.pipe(
          DStream.map((n): Array<number> => [n]),
          DStream.reduce((left, right) => {
            left.push(...right)
            return left
          })
        ))
      assert.deepStrictEqual(out, [[[1, 2]], [[3, 4]]])
    }))
})
