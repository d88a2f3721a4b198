import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { naiveKeyed } from "./naiveWindows.ts"
import { failuresOf, hostileKey } from "./support.ts"
import { spoken, windowAgrees } from "./windowSupport.ts"

describe("countByValueAndWindow", () => {
  it.effect("counts values; one that is gone is not told (WI-07)", () =>
    Effect.gen(function*() {
      const input = [["a"], ["b", "b"], ["a", "b"], [], []]
      assert.deepStrictEqual(
        yield* spoken(input, (input) => DStream.countByValueAndWindow(input, { name: "w", windowDuration: "2 seconds" })),
        [[1, [["a", 1]]], [2, [["b", 2], ["a", 1]]], [3, [["a", 1], ["b", 3]]], [4, [["a", 1], ["b", 1]]], [5, []]]
      )
      assert.deepStrictEqual(
        yield* spoken(input, (input) =>
          input.pipe(DStream.countByValueAndWindow({ name: "w", windowDuration: "1 second", slideDuration: "2 seconds" }))),
        [[2, [["b", 2]]], [4, []]]
      )
    }))

  windowAgrees(
    "agrees with a naive reader, with hostile values",
    hostileKey,
    (input, durations) => DStream.countByValueAndWindow(input, { name: "w", ...durations }),
    (batches, shape) =>
      naiveKeyed(
        batches.map(({ items, time }) => ({ time, items: items.map((key) => [key === 0 ? 0 : key, 1] as const) })),
        shape,
        (values) => values.length
      )
  )

  it.effect("a value cast from something else fails by name", () =>
    Effect.gen(function*() {
      const cast: ReadonlyArray<string> = JSON.parse("[{}]")
      const { reason } = yield* failuresOf([cast], (input) =>
        DStream.countByValueAndWindow(input, { name: "w", windowDuration: "2 seconds" }))
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.step, reason.item], ["countByValueAndWindow", 0])
    }))
})
