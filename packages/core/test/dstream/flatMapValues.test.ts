import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, blames, boom, failuresOf, forms, hostilePair, itemsOf, table } from "./support.ts"

type Pair = readonly [string, number]

const repeat = (n: number): ReadonlyArray<number> => Array.from({ length: n }, (_, index) => n + index)

describe("flatMapValues", () => {
  table((input: DStream.DStream<Pair>) => DStream.flatMapValues(input, repeat), {
    "an empty batch stays empty": [[[]], [[]]],
    "no value: the pair is gone": [[[["a", 0]]], [[]]],
    "one value": [[[["a", 1]]], [[["a", 1]]]],
    "many values under the same key, in order (PA-04)": [
      [[["b", 2], ["a", 0], ["b", 1], ["c", 3]]],
      [[["b", 2], ["b", 3], ["b", 1], ["c", 3], ["c", 4], ["c", 5]]]
    ],
    "batches stay apart": [[[["a", 1]], [], [["a", 0]]], [[["a", 1]], [], []]]
  })

  forms([[["k", "a b"] as const]], [[["k", "a"], ["k", "b"]]], {
    "data first": (input: DStream.DStream<readonly [string, string]>) =>
      DStream.flatMapValues(input, (text) => text.split(" ")),
    "data last": (input) => input.pipe(DStream.flatMapValues((text) => text.split(" ")))
  })

  agrees(
    "gives every value its key",
    hostilePair,
    (input) => DStream.flatMapValues(input, repeat),
    (items) => items.flatMap(([key, n]) => repeat(n).map((value) => [key, value]))
  )

  agrees(
    "nests, with filters and values between",
    hostilePair,
    (input) =>
      input.pipe(
        DStream.flatMapValues(repeat),
        DStream.filter(([, n]) => n % 2 === 0),
        DStream.mapValues((n) => n / 2),
        DStream.flatMapValues(repeat)
      ),
    (items) =>
      items.flatMap(([key, n]) =>
        repeat(n).filter((n) => n % 2 === 0).flatMap((n) => repeat(n / 2).map((m) => [key, m]))
      )
  )

  blames("flatMapValues", 0, [[["a", 1] as const]], (input) =>
    DStream.flatMapValues(input, () => {
      throw boom
    }))

  it.effect("takes every iterable", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[["k", 2] as const]], (input) =>
        input.pipe(
          DStream.flatMapValues(function*(n) {
            yield n
            yield n + 1
          }),
          DStream.flatMapValues((n) => new Set([n, n])),
          DStream.flatMapValues((n) => `${n}${n}`)
        ))
      assert.deepStrictEqual(out, [[["k", "2"], ["k", "2"], ["k", "3"], ["k", "3"]]])
    }))

  it.effect("refuses what cannot be iterated over", () =>
    Effect.gen(function*() {
      const pairs: ReadonlyArray<readonly [string, ReadonlyArray<number>]> = JSON.parse("[[\"k\", 7]]")
      const error = yield* failuresOf([pairs], (input) => DStream.flatMapValues(input, (values) => values))
      assert.include(error.message, "step flatMapValues")
      assert.include(error.message, "must give an array or another iterable, not a number")
    }))
})
