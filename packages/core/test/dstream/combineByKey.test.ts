import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, blames, boom, forms, hostilePair, itemsOf, naiveGroups, table } from "./support.ts"

type Pair = readonly [string, number]

const text = {
  createCombiner: (n: number) => `<${n}`,
  mergeValue: (combiner: string, n: number) => `${combiner},${n}`
}

describe("combineByKey", () => {
  table((input: DStream.DStream<Pair>) => DStream.combineByKey(input, text), {
    "an empty batch stays empty": [[[]], [[]]],
    "one value: made, not merged": [[[["k", 1]]], [[["k", "<1"]]]],
    "many: keys in the order in which they first came (PA-03)": [
      [[["y", 1], ["x", 2], ["y", 3], ["y", 4]]],
      [[["y", "<1,3,4"], ["x", "<2"]]]
    ],
    "every batch makes its combiners anew": [[[["k", 1]], [], [["k", 2]]], [[["k", "<1"]], [], [["k", "<2"]]]]
  })

  forms([[["k", 1] as const, ["k", 2] as const]], [[["k", "<1,2"]]], {
    "data first": (input: DStream.DStream<Pair>) => DStream.combineByKey(input, text),
    "data last": (input) => input.pipe(DStream.combineByKey(text)),
    "with lambdas": (input) =>
      input.pipe(DStream.combineByKey({
        createCombiner: (n: number) => `<${n}`,
        mergeValue: (combiner, n) => `${combiner},${n}`
      }))
  })

  agrees(
    "combines as a naive reader would, with hostile keys",
    hostilePair,
    (input) =>
      DStream.combineByKey(input, {
        createCombiner: (n) => ({ count: 1, values: [n] }),
        mergeValue: ({ count, values }, n) => ({ count: count + 1, values: [...values, n] })
      }),
    (items) => naiveGroups(items).map(([key, values]) => [key, { count: values.length, values }])
  )

  blames("combineByKey", 0, [[["k", 1] as const]], (input) =>
    DStream.combineByKey(input, {
      createCombiner: (): number => {
        throw boom
      },
      mergeValue: (left) => left
    }))

  blames("combineByKey", 2, [[["k", 1] as const, ["j", 1] as const, ["k", 2] as const]], (input) =>
    DStream.combineByKey(input, {
      createCombiner: (n) => n,
      mergeValue: () => {
        throw boom
      }
    }))

  it.effect("mergeCombiners is taken and never called", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[["k", 1] as const, ["k", 2] as const]], (input) =>
        DStream.combineByKey(DStream.union(input, input), {
          ...text,
          mergeCombiners: () => assert.fail("a batch is combined in one pass")
        }))
      assert.deepStrictEqual(out, [[["k", "<1,2,1,2"]]])
    }))

  it.effect("a combiner may be changed in place, and may be undefined", () =>
    Effect.gen(function*() {
      const sets = yield* itemsOf([[["k", 1] as const, ["k", 1] as const, ["j", 2] as const]], (input) =>
        DStream.combineByKey(input, {
          createCombiner: (n) => new Set<number>([n]),
          mergeValue: (set, n) => set.add(n)
        }))
      assert.deepStrictEqual(sets, [[["k", new Set([1])], ["j", new Set([2])]]])
      const nothing = yield* itemsOf([[["k", 1] as const, ["k", 2] as const]], (input) =>
        DStream.combineByKey(input, {
          createCombiner: (): number | undefined => undefined,
          mergeValue: (before, n) => before === undefined ? n : -1
        }))
      assert.deepStrictEqual(nothing, [[["k", 2]]])
    }))
})
