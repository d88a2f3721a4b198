import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, anyNumber, blames, boom, forms, itemsOf, table } from "./support.ts"

describe("map", () => {
  table((input: DStream.DStream<number>) => DStream.map(input, (n) => `<${n}>`), {
    "an empty batch stays empty": [[[]], [[]]],
    "no batch gives no batch": [[], []],
    "one item": [[[1]], [["<1>"]]],
    "many items, in order, each once": [[[3, 1, 3]], [["<3>", "<1>", "<3>"]]],
    "batches stay apart (ST-01)": [[[1, 2], [], [3]], [["<1>", "<2>"], [], ["<3>"]]]
  })

  forms([[1, 2]], [[2, 3]], {
    "data first": (input: DStream.DStream<number>) => DStream.map(input, (n) => n + 1),
    "data last": (input) => input.pipe(DStream.map((n) => n + 1))
  })

  agrees("is Array.map of every batch", anyNumber, (input) => DStream.map(input, (n) => [n, -n]), (items) =>
    items.map((n) => [n, -n] as const))

  blames("map", 1, [[1], [1, 2]], (input) =>
    DStream.map(input, (n) => {
      if (n === 2) throw boom
      return n
    }))

  it.effect("runs over a batch of many slices of the loop, each item once", () =>
    Effect.gen(function*() {
      const items = Array.from({ length: 50_000 }, (_, index) => index)
      const [out] = yield* itemsOf([items], (input) => DStream.map(input, (n) => n + 1))
      assert(out?.length === 50_000 && out.every((n, index) => n === index + 1))
    }))

  it.effect("passes on whatever its function gives: nothing, a thenable, a promise, an effect", () =>
    Effect.gen(function*() {
      // oxlint-disable-next-line unicorn/no-thenable -- what is tested
      const thenable = { then: () => assert.fail("nobody may wait for it") }
      const promise = new Promise<never>(() => {})
      const effect = Effect.die("not run")
      const things = [undefined, null, thenable, promise, effect, Symbol.iterator, () => 1, [[]], NaN, -0]
      const places = things.map((_, index) => index)
      const [items] = yield* itemsOf([places], (input) => DStream.map(input, (at) => things[at]))
      assert.strictEqual(items?.length, things.length)
      things.forEach((thing, index) => assert(Object.is(items?.[index], thing), `thing ${index}`))
    }))

  it.effect("calls its function with the item alone, and without a this", () =>
    Effect.gen(function*() {
      const calls: Array<unknown> = []
      function spy(this: unknown, ...given: ReadonlyArray<unknown>): number {
        calls.push([this, ...given])
        return 0
      }
      yield* itemsOf([[7]], (input) => DStream.map(input, spy))
      assert.deepStrictEqual(calls, [[undefined, 7], [undefined, 7]])
    }))

  it.effect("does not change the description it starts from", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1]], (input) => {
        const before = input.node
        const mapped = DStream.map(input, (n) => n + 1)
        assert.strictEqual(input.node, before)
        assert.notStrictEqual(mapped.node, before)
        return DStream.union(input, mapped)
      })
      assert.deepStrictEqual(out, [[1, 2]])
    }))
})
