import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Arbitrary, Effect } from "effect"
import { agrees, blames, boom, forms, hostileKey, hostileKeys, hostilePair } from "./support.ts"
import { itemsOf, naiveGroups, smallInt, table } from "./support.ts"

type Pair = readonly [string, string]

const join = (left: string, right: string): string => `(${left}${right})`

describe("reduceByKey", () => {
  table((input: DStream.DStream<Pair>) => DStream.reduceByKey(input, join), {
    "an empty batch stays empty": [[[]], [[]]],
    "one value is the result, and the function is not called": [[[["k", "a"]]], [[["k", "a"]]]],
    "many: from the left, keys in the order in which they first came (PA-02)": [
      [[["y", "a"], ["x", "b"], ["y", "c"], ["z", "d"], ["x", "e"], ["y", "f"]]],
      [[["y", "((ac)f)"], ["x", "(be)"], ["z", "d"]]]
    ],
    "batches do not add up": [[[["k", "a"]], [], [["k", "b"], ["k", "c"]]], [[["k", "a"]], [], [["k", "(bc)"]]]]
  })

  forms([[["k", 1], ["k", 2]]], [[["k", 3]]], {
    "data first": (input: DStream.DStream<readonly [string, number]>) =>
      DStream.reduceByKey(input, (left, right) => left + right),
    "data last": (input) => input.pipe(DStream.reduceByKey((left, right) => left + right)),
    "after pairs from literals": (input) =>
      input.pipe(DStream.map(([key, n]) => [key, n]), DStream.reduceByKey((left, right) => left + right))
  })

  agrees(
    "reduces as a naive reader would, with hostile keys",
    hostilePair,
    (input) => DStream.reduceByKey(input, (left, right) => left * 3 - right),
    (items) => naiveGroups(items).map(([key, values]) => [key, values.reduce((left, right) => left * 3 - right)])
  )

  agrees(
    "after keyBy and mapValues, without a pair between",
    Arbitrary.all([hostileKey, smallInt]),
    (input) =>
      input.pipe(
        DStream.keyBy(([key]) => key),
        DStream.mapValues(([, n]) => n),
        DStream.filter(([, n]) => n > 1),
        DStream.flatMapValues((n) => [n, -n * 2]),
        DStream.reduceByKey((left, right) => left * 3 - right)
      ),
    (items) =>
      naiveGroups(items.filter(([, n]) => n > 1).flatMap(([key, n]) => [[key, n], [key, -n * 2]] as const))
        .map(([key, values]) => [key, values.reduce((left, right) => left * 3 - right)])
  )

  agrees(
    "of a union, is of one batch",
    hostilePair,
    (input) => DStream.union(DStream.mapValues(input, (n) => n + 1), input).pipe(DStream.reduceByKey(Math.max)),
    (items) =>
      naiveGroups([...items.map(([key, n]) => [key, n + 1] as const), ...items])
        .map(([key, values]) => [key, Math.max(...values)])
  )

  it.effect("sums and counts in one pass, with pairs as values", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[5, 6, 9]], (input) =>
        input.pipe(
          DStream.keyBy((n) => n % 2 === 0),
          DStream.mapValues((n) => [n, 1]),
          DStream.reduceByKey(([sum, count], [n, one]) => [sum + n, count + one])
        ))
      assert.deepStrictEqual(out, [[[false, [14, 2]], [true, [6, 1]]]])
    }))

  blames("reduceByKey", 1, [[["k", 1] as const, ["k", 2] as const]], (input) =>
    DStream.reduceByKey(input, () => {
      throw boom
    }))

  it.effect("keeps what it has from slice to slice of the loop", () =>
    Effect.gen(function*() {
      const items = Array.from({ length: 50_000 }, (_, index) => index)
      const out = yield* itemsOf([items, []], (input) =>
        input.pipe(
          DStream.keyBy((n) => n % 7),
          DStream.mapValues(() => 1),
          DStream.reduceByKey((left, right) => left + right)
        ))
      assert.deepStrictEqual<unknown>(out, [[0, 1, 2, 3, 4, 5, 6].map((key) => [key, key < 6 ? 7143 : 7142]), []])
    }))

  it.effect("keeps hostile keys apart", () =>
    Effect.gen(function*() {
      const pairs = [...hostileKeys, ...hostileKeys].map((key, index): readonly [typeof key, number] => [key, index])
      const [out] = yield* itemsOf([pairs], (input) => DStream.reduceByKey(input, (left, right) => right - left))
      assert.deepStrictEqual(out, hostileKeys.map((key) => [key, hostileKeys.length]))
    }))

  it.effect("undefined and 0 are values like others", () =>
    Effect.gen(function*() {
      const pairs = [["a", undefined], ["b", 0], ["a", 1], ["b", 1]] as const
      const out = yield* itemsOf([pairs], (input) =>
        input.pipe(
          DStream.map(([key, value]): readonly [string, number | undefined] => [key, value]),
          DStream.reduceByKey((left) => left)
        ))
      assert.deepStrictEqual(out, [[["a", undefined], ["b", 0]]])
    }))

  it.effect("gives pairs of its own: the input's are untouched", () =>
    Effect.gen(function*() {
      const pair = Object.freeze<[string, number]>(["k", 1])
      const [out] = yield* itemsOf([[pair]], (input) => DStream.reduceByKey(input, (left) => left))
      assert.deepStrictEqual(out, [["k", 1]])
      assert(out?.[0] !== pair)
    }))
})
