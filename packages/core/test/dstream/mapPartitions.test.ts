import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { agrees, boom, failuresOf, forms, smallInt, table } from "./support.ts"

const sum = (items: ReadonlyArray<number>) => [items.reduce((left, right) => left + right, 0)]

describe("mapPartitions", () => {
  table((input: DStream.DStream<number>) => DStream.mapPartitions(input, sum), {
    "an empty batch is one empty partition": [[[]], [[0]]],
    "a batch that was not cut is one partition": [[[1, 2], [3]], [[3], [3]]]
  })

  table((input: DStream.DStream<number>) => input.pipe(DStream.repartition(2), DStream.mapPartitions(sum)), {
    "once for each partition, empty ones too (ST-05)": [[[1, 2, 3, 4], [5], []], [[3, 7], [0, 5], [0, 0]]]
  })

  table(
    (input: DStream.DStream<number>) =>
      input.pipe(
        DStream.repartition(2),
        DStream.mapPartitions(function*(items) {
          yield items.length
          yield* items
        }),
        DStream.map((n) => n + 1),
        DStream.glom
      ),
    { "any iterable; the partitions stay": [[[1, 2, 3]], [[[2, 2], [3, 3, 4]]]] }
  )

  forms([[1, 2]], [[3]], {
    "data first": (input: DStream.DStream<number>) => DStream.mapPartitions(input, sum),
    "data last": (input) => input.pipe(DStream.mapPartitions(sum))
  })

  agrees(
    "of three partitions is the function of each slice",
    smallInt,
    (input) => input.pipe(DStream.repartition(3), DStream.mapPartitions((items) => [items.length, ...items])),
    (items) => {
      const at = (part: number) => Math.floor(part * items.length / 3)
      return [0, 1, 2].map((part) => items.slice(at(part), at(part + 1))).flatMap((slice) => [slice.length, ...slice])
    }
  )

  for (const [given, text] of [[undefined, "undefined"], [3, "a number"]] as const) {
    it.effect(`refuses ${text}`, () =>
      Effect.gen(function*() {
        const cheat: { readonly f: typeof sum } = JSON.parse("{}")
        Object.assign(cheat, { f: () => given })
        const error = yield* failuresOf([[1]], (input) => DStream.mapPartitions(input, (items) => cheat.f(items)))
        assert.include(error.message, `not ${text}`)
      }))
  }

  it.effect("is blamed by name when its function throws", () =>
    Effect.gen(function*() {
      const explode = (): ReadonlyArray<number> => {
        throw boom
      }
      const { reason } = yield* failuresOf([[1]], (input) => DStream.mapPartitions(input, explode))
      assert(reason._tag === "StepFailed")
      assert.strictEqual(reason.step, "mapPartitions(explode)")
    }))
})
