import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect, Schema } from "effect"
import { naiveKeyed } from "./naiveWindows.ts"
import { batchesOf, hostilePair } from "./support.ts"
import { spoken, windowAgrees } from "./windowSupport.ts"

type Pair = readonly [string, number]

const grouped = (windowDuration: number, slideDuration: number) => (input: DStream.DStream<Pair>) =>
  DStream.groupByKeyAndWindow(input, { name: "w", windowDuration, slideDuration, value: Schema.Number })

const input: ReadonlyArray<ReadonlyArray<Pair>> = [[["a", 1], ["a", 2]], [["b", 3], ["a", 4]], [], [], [["a", 5]], []]

describe("groupByKeyAndWindow", () => {
  it.effect("has all values, oldest first; keys leave with them (WI-08)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* spoken(input, grouped(2000, 1000)), [
        [1, [["a", [1, 2]]]],
        [2, [["b", [3]], ["a", [1, 2, 4]]]],
        [3, [["a", [4]], ["b", [3]]]],
        [4, []],
        [5, [["a", [5]]]],
        [6, [["a", [5]]]]
      ])
    }))

  it.effect("slides by more than a batch, and leaves gaps", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* spoken(input, grouped(4000, 2000)), [
        [2, [["b", [3]], ["a", [1, 2, 4]]]],
        [4, [["a", [1, 2, 4]], ["b", [3]]]],
        [6, [["a", [5]]]]
      ])
      assert.deepStrictEqual(yield* spoken(input, grouped(2000, 3000)), [[3, [["b", [3]], ["a", [4]]]], [6, [["a", [5]]]]])
    }))

  it.effect("gives arrays of its own each time", () =>
    Effect.gen(function*() {
      const [first, second] = yield* batchesOf([[["a", 1] as const], []], grouped(2000, 1000))
      assert.notStrictEqual(first?.items[0]?.[1], second?.items[0]?.[1])
    }))

  windowAgrees(
    "agrees with a naive reader, with hostile keys",
    hostilePair,
    (input, durations) =>
      input.pipe(
        DStream.map(([key, n]) => [key === 0 ? 0 : key, n]),
        DStream.groupByKeyAndWindow({ name: "w", value: Schema.Number, ...durations })
      ),
    (batches, shape) =>
      naiveKeyed(
        batches.map(({ items, time }) => ({ time, items: items.map(([key, n]) => [key === 0 ? 0 : key, n] as const) })),
        shape,
        (values) => values
      )
  )
})
