import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, anyNumber, failuresOf, forms, itemsOf, table } from "./support.ts"

const sorted = (items: ReadonlyArray<number>): ReadonlyArray<number> => items.toSorted((a, b) => a - b)

describe("mapBatch", () => {
  table((input: DStream.DStream<number>) => DStream.mapBatch(input, (items) => [items.length, ...sorted(items)]), {
    "an empty batch is a batch too": [[[]], [[0]]],
    "one": [[[7]], [[1, 7]]],
    "many": [[[3, 1, 2]], [[3, 1, 2, 3]]],
    "called once for each batch": [[[2, 1], [], [3]], [[2, 1, 2], [0], [1, 3]]]
  })

  forms([[2, 1]], [[1, 2]], {
    "data first": (input: DStream.DStream<number>) => DStream.mapBatch(input, sorted),
    "data last": (input) => input.pipe(DStream.mapBatch(sorted)),
    "with pairs from literals": (input) =>
      input.pipe(
        DStream.mapBatch((items) => items.map((n) => [n, 1])),
        DStream.reduceByKey((left) => left),
        DStream.mapBatch((pairs) => sorted(pairs.map(([n]) => n)))
      )
  })

  agrees("is the function of every batch", anyNumber, (input) => DStream.mapBatch(input, (items) => items.toReversed()),
    (items) => items.toReversed())

  agrees(
    "sees one array, whatever it is made of",
    anyNumber,
    (input) =>
      DStream.unionAll([input, DStream.map(input, (n) => -n), input]).pipe(
        DStream.mapBatch((items) => [items.length])
      ),
    (items) => [items.length * 3]
  )

  it.effect("is given the items alone", () =>
    Effect.gen(function*() {
      const given: Array<number> = []
      function spy(...all: ReadonlyArray<unknown>): ReadonlyArray<number> {
        given.push(all.length)
        return []
      }
      yield* itemsOf([[1]], (input) => DStream.mapBatch(input, spy))
      assert.deepStrictEqual(given, [1, 1])
    }))

  it.effect("may keep the array of one batch until the next", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1], [2, 3], []], (input) => {
        let last: ReadonlyArray<number> = []
        return DStream.map(input, (n) => n).pipe(DStream.mapBatch((items) => {
          const before = last
          last = items
          return before
        }))
      })
      assert.deepStrictEqual(out, [[], [1], [2, 3]])
    }))

  for (const wrong of [undefined, null, new Set([1]), "text", Promise.resolve([]), { length: 0 }]) {
    it.effect(`refuses ${Object.prototype.toString.call(wrong)} for an array`, () =>
      Effect.gen(function*() {
        const cheat: { readonly f: (items: ReadonlyArray<number>) => ReadonlyArray<number> } = JSON.parse("{}")
        Object.assign(cheat, { f: () => wrong })
        const error = yield* failuresOf([[1]], (input) => DStream.mapBatch(input, cheat.f))
        assert.include(error.message, "instead of an array")
      }))
  }
})
