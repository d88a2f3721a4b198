import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, blames, boom, forms, hostilePair, itemsOf, table } from "./support.ts"

type Pair = readonly [string, number]

describe("mapValues", () => {
  table((input: DStream.DStream<Pair>) => DStream.mapValues(input, (n) => n * 10), {
    "an empty batch stays empty": [[[]], [[]]],
    "one": [[[["a", 1]]], [[["a", 10]]]],
    "many, in order, equal keys stay apart (PA-04)": [
      [[["b", 1], ["a", 2], ["b", 3]]],
      [[["b", 10], ["a", 20], ["b", 30]]]
    ],
    "batches stay apart": [[[["a", 1]], [], [["a", 2]]], [[["a", 10]], [], [["a", 20]]]]
  })

  forms([[["a", 1]]], [[["a", 2]]], {
    "data first": (input: DStream.DStream<Pair>) => DStream.mapValues(input, (n) => n + 1),
    "data last": (input) => input.pipe(DStream.mapValues((n) => n + 1))
  })

  agrees(
    "keeps every key, whatever it is, and -0 too",
    hostilePair,
    (input) => DStream.mapValues(input, (n) => -n),
    (items) => items.map(([key, n]) => [key, -n])
  )

  agrees(
    "several in a row are one function of the value",
    hostilePair,
    (input) =>
      input.pipe(
        DStream.mapValues((n) => n + 1),
        DStream.mapValues((n) => [n, n]),
        DStream.mapValues(([n]) => `${n}`)
      ),
    (items) => items.map(([key, n]) => [key, `${n + 1}`])
  )

  blames("mapValues", 0, [[["a", 1] as const]], (input) =>
    DStream.mapValues(input, () => {
      throw boom
    }))

  it.effect("keys of any kind go through where nothing groups", () =>
    Effect.gen(function*() {
      const key = { any: "object" }
      const [out] = yield* itemsOf([[1]], (input) =>
        input.pipe(DStream.map((n) => [key, n]), DStream.mapValues((n) => n + 1)))
      assert(out?.[0]?.[0] === key && out[0][1] === 2)
    }))

  it.effect("makes new pairs and leaves the old ones as they were", () =>
    Effect.gen(function*() {
      const pair = Object.freeze<[string, number]>(["a", 1])
      const [out] = yield* itemsOf([[pair]], (input) => DStream.union(DStream.mapValues(input, (n) => n + 1), input))
      assert.deepStrictEqual(out, [["a", 2], ["a", 1]])
      assert(out?.[1] === pair)
    }))
})
