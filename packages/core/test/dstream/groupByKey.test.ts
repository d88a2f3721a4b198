import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, failuresOf, forms, hostilePair, itemsOf, naiveGroups, smallInt, table } from "./support.ts"

type Pair = readonly [string, number]

describe("groupByKey", () => {
  table((input: DStream.DStream<Pair>) => DStream.groupByKey(input), {
    "an empty batch stays empty": [[[]], [[]]],
    "one": [[[["k", 1]]], [[["k", [1]]]]],
    "many: keys and values in the order in which they came, equal values too (PA-01)": [
      [[["y", 2], ["x", 1], ["y", 1], ["y", 2]]],
      [[["y", [2, 1, 2]], ["x", [1]]]]
    ],
    "batches stay apart": [[[["k", 1]], [], [["k", 2]]], [[["k", [1]]], [], [["k", [2]]]]]
  })

  forms([[["k", 1] as const]], [[["k", [1]]]], {
    "data first": (input: DStream.DStream<Pair>) => DStream.groupByKey(input),
    "bare in a pipe": (input) => input.pipe(DStream.groupByKey)
  })

  agrees(
    "groups as a naive reader would, with hostile keys",
    hostilePair,
    (input) => DStream.groupByKey(input),
    naiveGroups
  )

  agrees(
    "groups what comes of its own groups",
    hostilePair,
    (input) =>
      input.pipe(
        DStream.groupByKey,
        DStream.flatMapValues((values) => values),
        DStream.groupByKey,
        DStream.mapValues((values) => values.length)
      ),
    (items) => naiveGroups(items).map(([key, values]) => [key, values.length])
  )

  agrees(
    "of a union, takes the parts in their order",
    smallInt,
    (input) =>
      DStream.unionAll([
        DStream.keyBy(input, (n) => n % 2),
        DStream.keyBy(DStream.map(input, (n) => -n), (n) => Math.abs(n % 3))
      ]).pipe(DStream.groupByKey),
    (items) => naiveGroups([...items.map((n) => [n % 2, n] as const), ...items.map((n) => [n % 3, -n] as const)])
  )

  it.effect("the groups of one batch may be kept while the next is grouped", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[["k", 1] as const], [["k", 2] as const]], (input) => DStream.groupByKey(input))
      assert(out[0]?.[0]?.[1] !== out[1]?.[0]?.[1])
    }))

  it.effect("a pair cast from something else fails by name", () =>
    Effect.gen(function*() {
      const cast: ReadonlyArray<Pair> = JSON.parse("[null]")
      const { reason } = yield* failuresOf([cast], (input) => DStream.groupByKey(input))
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.step, reason.item], ["groupByKey", 0])
    }))
})
