import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect } from "effect"
import { naiveReduce } from "./naiveWindows.ts"
import { smallInt } from "./support.ts"
import { spoken, windowAgrees } from "./windowSupport.ts"

const counted = (seconds: number, every: number) => (input: DStream.DStream<number>) =>
  DStream.countByWindow(input, { name: "w", windowDuration: seconds * 1000, slideDuration: every * 1000 })

describe("countByWindow", () => {
  it.effect("counts, 0 once it has emptied, nothing before it had data (WI-06)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* spoken([[], [1], [1, 2], [], [], [], [3]], counted(2, 1)), [
        [1, []],
        [2, [1]],
        [3, [3]],
        [4, [2]],
        [5, [0]],
        [6, [0]],
        [7, [1]]
      ])
    }))

  it.effect("slides by more than a batch; what falls into a gap is not counted", () =>
    Effect.gen(function*() {
      const six = [[1], [1, 1], [1], [1], [], []]
      assert.deepStrictEqual(yield* spoken(six, counted(4, 2)), [[2, [3]], [4, [5]], [6, [2]]])
      assert.deepStrictEqual(yield* spoken([[1], [1], [], [1], [1], [1]], counted(1, 3)), [[3, []], [6, [1]]])
    }))

  windowAgrees(
    "agrees with a naive reader",
    smallInt,
    (input, durations) => input.pipe(DStream.filter((n) => n > 7), DStream.countByWindow({ name: "w", ...durations })),
    (batches, shape) =>
      naiveReduce(
        batches.map(({ items, time }) => ({ time, items: items.filter((n) => n > 7) })),
        shape,
        (items) => items.length,
        [0]
      )
  )
})
