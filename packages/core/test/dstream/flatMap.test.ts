import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, blames, boom, failuresOf, forms, itemsOf, smallInt, table } from "./support.ts"

const repeat = (n: number): ReadonlyArray<number> => Array.from({ length: n }, () => n)

function* count(n: number): Generator<number> {
  for (let i = 0; i < n; i++) yield i
}

describe("flatMap", () => {
  table((input: DStream.DStream<number>) => DStream.flatMap(input, repeat), {
    "an empty batch stays empty": [[[]], [[]]],
    "none for an item": [[[0]], [[]]],
    "one for an item": [[[1]], [[1]]],
    "many for an item, in order (ST-02)": [[[2, 0, 3, 1]], [[2, 2, 3, 3, 3, 1]]],
    "batches stay apart": [[[1], [], [2, 0]], [[1], [], [2, 2]]]
  })

  forms([["a b", "c"]], [["a", "b", "c"]], {
    "data first": (input: DStream.DStream<string>) => DStream.flatMap(input, (line) => line.split(" ")),
    "data last": (input) => input.pipe(DStream.flatMap((line) => line.split(" ")))
  })

  agrees("is Array.flatMap of every batch", smallInt, (input) => DStream.flatMap(input, repeat), (items) =>
    items.flatMap(repeat))

  agrees(
    "nests, and filters inside of the loops",
    smallInt,
    (input) => input.pipe(DStream.flatMap(count), DStream.filter((n) => n % 3 !== 0), DStream.flatMap(repeat)),
    (items) => items.flatMap((n) => [...count(n)]).filter((n) => n % 3 !== 0).flatMap(repeat)
  )

  blames("flatMap", 1, [[1, 2]], (input) =>
    DStream.flatMap(input, (n) => {
      if (n === 2) throw boom
      return [n]
    }))

  it.effect("takes every iterable: arrays, texts, sets, maps, generators, typed arrays, holes", () =>
    Effect.gen(function*() {
      const given: ReadonlyArray<Iterable<unknown>> = [
        [1, 2],
        "añ\u{1f600}",
        new Set([3, 3]),
        new Map([["k", 4]]),
        count(2),
        new Uint8Array([5, 6]),
        new Array<number>(2)
      ]
      const out = yield* itemsOf([[0, 1, 2, 3, 5, 6]], (input) => DStream.flatMap(input, (at) => given[at] ?? []))
      assert.deepStrictEqual(out, [[1, 2, "a", "ñ", "\u{1f600}", 3, ["k", 4], 5, 6, undefined, undefined]])
    }))

  it.effect("does not flatten what is inside", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1]], (input) => DStream.flatMap(input, (n) => [[n, [n]]]))
      assert.deepStrictEqual(out, [[[1, [1]]]])
    }))

  it.effect("may be given back the same array every time", () =>
    Effect.gen(function*() {
      const shared: Array<number> = []
      const out = yield* itemsOf([[1, 2, 3]], (input) =>
        DStream.flatMap(input, (n) => {
          shared.length = 0
          shared.push(n, n * 10)
          return shared
        }))
      assert.deepStrictEqual(out, [[1, 10, 2, 20, 3, 30]])
    }))

  it.effect("names flatMap when an iterator throws half way", () =>
    Effect.gen(function*() {
      const { reason } = yield* failuresOf([[1]], (input) =>
        DStream.flatMap(input, function*(n) {
          yield n
          throw boom
        }))
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.step, reason.item], ["flatMap", 0])
    }))

  for (const wrong of [undefined, null, 1, { length: 1 }, Promise.resolve([1])]) {
    it.effect(`refuses ${Object.prototype.toString.call(wrong)} in words that do not show the record`, () =>
      Effect.gen(function*() {
        const cheat: { readonly f: (secret: string) => Iterable<string> } = JSON.parse("{}")
        Object.assign(cheat, { f: () => wrong })
        const error = yield* failuresOf([["secret"]], (input) => DStream.flatMap(input, cheat.f))
        assert.include(error.message, "must give an array or another iterable")
        assert.notInclude(error.message, "secret")
      }))
  }
})
