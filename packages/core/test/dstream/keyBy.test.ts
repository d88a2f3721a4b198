import { assert, describe, it } from "@effect/vitest"
import { DStream, InvalidPipeline, Key } from "@millrace/core"
import { Effect, Schema } from "effect"
import { agrees, blames, boom, failureOf, failuresOf, forms, itemsOf, naiveGroups, smallInt, table } from "./support.ts"

interface Sale {
  readonly shop: string
  readonly day: number
  readonly cents: number
}

const sale = (shop: string, day: number, cents: number): Sale => ({ shop, day, cents })
const sales = [sale("north", 1, 5), sale("south", 1, 7), sale("north", 1, 11), sale("north", 2, 13)]
const place = ({ day, shop }: Sale) => ({ shop, day })
const encode = ({ day, shop }: { readonly shop: string; readonly day: number }) => `${day}|${shop}`
const total = (left: number, right: number): number => left + right
const cents = ({ cents }: Sale): number => cents

describe("keyBy with a primitive key", () => {
  table((input: DStream.DStream<string>) => DStream.keyBy(input, (word) => word.length), {
    "an empty batch stays empty": [[[]], [[]]],
    "one": [[["a"]], [[[1, "a"]]]],
    "many, in order, equal keys stay apart": [[["to", "a", "be"]], [[[2, "to"], [1, "a"], [2, "be"]]]],
    "batches stay apart": [[["a"], [], ["be"]], [[[1, "a"]], [], [[2, "be"]]]]
  })

  forms([["a"]], [[[1, "a"]]], {
    "data first": (input: DStream.DStream<string>) => DStream.keyBy(input, (word) => word.length),
    "data last": (input) => input.pipe(DStream.keyBy((word) => word.length))
  })

  agrees(
    "pairs every item with its key",
    smallInt,
    (input) => DStream.keyBy(input, (n) => n % 3),
    (items) => items.map((n) => [n % 3, n] as const)
  )

  blames("keyBy", 1, [[1, 2]], (input) =>
    DStream.keyBy(input, (n) => {
      if (n === 2) throw boom
      return n
    }))
})

describe("keyBy with a structural key", () => {
  const keyed = (input: DStream.DStream<Sale>) => DStream.keyBy(input, place, { encode })

  forms([sales], [[[{ shop: "north", day: 1 }, 16], [{ shop: "south", day: 1 }, 7], [{ shop: "north", day: 2 }, 13]]], {
    "data first": (input: DStream.DStream<Sale>) =>
      DStream.reduceByKey(DStream.mapValues(DStream.keyBy(input, place, { encode }), cents), total),
    "data last": (input) =>
      input.pipe(DStream.keyBy(place, { encode }), DStream.mapValues(cents), DStream.reduceByKey(total)),
    "with an encoding from a Schema": (input) =>
      input.pipe(
        DStream.keyBy(place, { encode: Key.fromSchema(Schema.Struct({ shop: Schema.String, day: Schema.Int })) }),
        DStream.mapValues(cents),
        DStream.reduceByKey(total)
      )
  })

  it.effect("gives the key as an object where nothing groups", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[sale("north", 1, 5)]], keyed)
      assert.deepStrictEqual<unknown>(out, [[[{ shop: "north", day: 1 }, sale("north", 1, 5)]]])
    }))

  it.effect("results carry the object that came first", () =>
    Effect.gen(function*() {
      const keys = [{ shop: "north", day: 1 }, { shop: "north", day: 1 }]
      const [out] = yield* itemsOf([[0, 1]], (input) =>
        input.pipe(DStream.keyBy((at) => keys[at] ?? { shop: "", day: 0 }, { encode }), DStream.groupByKey))
      assert.strictEqual(out?.length, 1)
      assert(out?.[0]?.[0] === keys[0])
    }))

  it.effect("a key may be anything that encode can read: undefined, a date, a list", () =>
    Effect.gen(function*() {
      const keys = [undefined, new Date(0), [1], new Date(0), [1], undefined]
      const out = yield* itemsOf([[0, 1, 2, 3, 4, 5]], (input) =>
        input.pipe(DStream.keyBy((at) => keys[at], { encode: (key) => JSON.stringify(key) ?? "" }), DStream.groupByKey))
      assert.deepStrictEqual<unknown>(out, [[[undefined, [0, 5]], [new Date(0), [1, 3]], [[1], [2, 4]]]])
    }))

  it.effect("the encoding goes along through filter, mapValues, flatMapValues, union and keyed results", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([sales], (input) => {
        const pairs = keyed(input)
        const some = pairs.pipe(
          DStream.filter(([, { day }]) => day === 1),
          DStream.mapValues(cents),
          DStream.flatMapValues((n) => [n, n])
        )
        const sums = DStream.reduceByKey(DStream.mapValues(pairs, cents), total)
        return DStream.union(some, sums).pipe(DStream.groupByKey)
      })
      assert.deepStrictEqual<unknown>(out, [[
        [{ shop: "north", day: 1 }, [5, 5, 11, 11, 16]],
        [{ shop: "south", day: 1 }, [7, 7, 7]],
        [{ shop: "north", day: 2 }, [13]]
      ]])
    }))

  it.effect("a shared stream of pairs keeps its encoding for every reader", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([sales], (input) => {
        const pairs = keyed(input)
        return DStream.transformWith(
          DStream.groupByKey(pairs),
          DStream.count(pairs),
          (groups, counts) => [groups.length, ...counts]
        )
      })
      assert.deepStrictEqual<unknown>(out, [[3, 4]])
    }))

  for (
    const [by, lose] of [
      ["map", (input: DStream.DStream<Sale>) => DStream.map(keyed(input), (pair) => pair)],
      ["flatMap", (input: DStream.DStream<Sale>) => DStream.flatMap(keyed(input), (pair) => [pair])],
      ["mapBatch", (input: DStream.DStream<Sale>) => DStream.mapBatch(keyed(input), (pairs) => pairs)],
      ["transform", (input: DStream.DStream<Sale>) => DStream.transform(keyed(input), (pairs) => pairs)],
      ["mapEffect", (input: DStream.DStream<Sale>) => DStream.mapEffect(keyed(input), Effect.succeed)]
    ] as const
  ) {
    it.effect(`${by} makes new items, so the encoding is lost, and the failure says what to do`, () =>
      Effect.gen(function*() {
        const error = yield* failuresOf([sales], (input) => DStream.groupByKey(lose(input)))
        assert.include(error.message, "use keyBy(f, { encode }) right before the operator that groups by key")
        assert.notInclude(error.message, "north")
      }))
  }

  it.effect("a union of keys that are encoded differently is refused before anything runs", () =>
    Effect.gen(function*() {
      const { reason } = yield* failureOf([sales], (input) => {
        const other = DStream.keyBy(input, place, { encode: ({ shop }) => shop })
        return DStream.groupByKey(DStream.union(keyed(input), other))
      })
      assert(reason instanceof InvalidPipeline)
      assert.deepStrictEqual(reason.problems.map(({ _tag }) => _tag), ["ConflictingEncodings"])
    }))

  it.effect("an encode that throws is blamed on its keyBy", () =>
    Effect.gen(function*() {
      const { reason } = yield* failuresOf([[1, 2]], (input) =>
        input.pipe(
          DStream.map((n) => n),
          DStream.keyBy((n) => ({ n }), {
            encode: ({ n }) => {
              if (n === 2) throw boom
              return n
            }
          }),
          DStream.groupByKey
        ))
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.step, reason.item], ["keyBy", 1])
    }))

  it.effect("encodings of other kinds do not meet: 1, 1n, true and their texts are six keys", () =>
    Effect.gen(function*() {
      const encoded = [1, "1", 1n, "1n", true, "true", 1]
      const [out] = yield* itemsOf([[0, 1, 2, 3, 4, 5, 6]], (input) =>
        input.pipe(DStream.keyBy((at) => ({ at }), { encode: ({ at }) => encoded[at] ?? "" }), DStream.groupByKey))
      assert.deepStrictEqual<unknown>(
        out?.map(([{ at }, ats]) => [at, ats]),
        [[0, [0, 6]], [1, [1]], [2, [2]], [3, [3]], [4, [4]], [5, [5]]]
      )
    }))

  agrees(
    "groups as the encoded keys would",
    smallInt,
    (input) => input.pipe(DStream.keyBy((n) => ({ rest: n % 4 }), { encode: ({ rest }) => rest }), DStream.groupByKey),
    (items) =>
      naiveGroups(items.map((n) => [n % 4, n] as const)).map(([rest, values]) => [{ rest }, values])
  )
})
