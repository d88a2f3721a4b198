import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, anyNumber, failuresOf, forms, itemsOf, smallInt, table } from "./support.ts"

describe("transform", () => {
  table((input: DStream.DStream<number>) => DStream.transform(input, (items, time) => [time, ...items]), {
    "an empty batch is a batch too": [[[]], [[1000]]],
    "one": [[[7]], [[1000, 7]]],
    "many, over several batches, each with its time (ST-11)": [
      [[1, 2], [], [3]],
      [[1000, 1, 2], [2000], [3000, 3]]
    ]
  })

  forms([[1, 2]], [[2, 1]], {
    "data first": (input: DStream.DStream<number>) => DStream.transform(input, (items) => items.toReversed()),
    "data last": (input) => input.pipe(DStream.transform((items) => items.toReversed()))
  })

  agrees(
    "is the function of every batch and its time",
    anyNumber,
    (input) => DStream.transform(input, (items, time) => [time, ...items]),
    (items, time) => [time, ...items]
  )

  agrees(
    "keyed operators go on from its pairs",
    smallInt,
    (input) => input.pipe(DStream.transform((items) => items.map((n) => [n % 2, n])), DStream.groupByKey),
    (items) =>
      [...new Set(items.map((n) => n % 2))].map((key) => [key, items.filter((n) => n % 2 === key)])
  )

  it.effect("reads outer values at every batch, so they may change between batches (ST-11)", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2, 3], [1, 2, 3], [1, 2, 3]], (input) => {
        let blocked: ReadonlySet<number> = new Set()
        return input.pipe(
          DStream.transform((items) => items.filter((n) => !blocked.has(n))),
          DStream.transform((items, time) => {
            blocked = new Set([time / 1000])
            return items
          })
        )
      })
      assert.deepStrictEqual(out, [[1, 2, 3], [2, 3], [1, 3]])
    }))

  it.effect("joins with a table that stays (PA-07)", () =>
    Effect.gen(function*() {
      const names = new Map([[1, "one"], [2, "two"]])
      const out = yield* itemsOf([[2, 3, 1]], (input) =>
        input.pipe(DStream.transform((items) =>
          items.flatMap((n) => {
            const name = names.get(n)
            return name === undefined ? [] : [[n, name]]
          })
        )))
      assert.deepStrictEqual(out, [[[2, "two"], [1, "one"]]])
    }))

  it.effect("is called once per batch, however many read it", () =>
    Effect.gen(function*() {
      let calls = 0
      yield* itemsOf([[1], [2], [3]], (input) => {
        const shared = DStream.transform(input, (items) => {
          calls++
          return items
        })
        return DStream.unionAll([shared, DStream.map(shared, (n) => n), DStream.count(shared), shared])
      })
      assert.strictEqual(calls, 2 * 3)
    }))

  for (const wrong of [undefined, null, 1]) {
    it.effect(`giving ${wrong} fails the batch, as null does in Spark (ER-13)`, () =>
      Effect.gen(function*() {
        const cheat: { readonly f: (items: ReadonlyArray<number>) => ReadonlyArray<number> } = JSON.parse("{}")
        Object.assign(cheat, { f: () => wrong })
        const { message, reason } = yield* failuresOf([[1]], (input) => DStream.transform(input, cheat.f))
        assert(reason._tag === "StepFailed")
        assert.include(message, "instead of an array")
        assert.include(reason.step, "transform")
      }))
  }
})
