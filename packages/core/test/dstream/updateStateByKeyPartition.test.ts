import { assert, describe, it } from "@effect/vitest"
import { DStream, type StateStore } from "@millrace/core"
import { Arbitrary, Cause, Effect, Schema } from "effect"
import { keepsMemoryLaws } from "./memoryLaws.ts"
import { naiveUpdate } from "./naiveState.ts"
import { agreesOver, survivesRestarts } from "./survivesRestarts.ts"
import { boom, failuresOf, itemsOf, smallInt, table } from "./support.ts"

type Pair = readonly [string, number]

const sum = (values: ReadonlyArray<number>, total = 0): number => values.reduce((sum, n) => sum + n, total)

describe("updateStateByKeyPartition", () => {
  table((input: DStream.DStream<Pair>) =>
    DStream.updateStateByKeyPartition(input, {
      name: "each",
      state: Schema.Number,
      initialState: [["z", 1]],
      *update(entries) {
        for (const [key, values, state] of entries) if (!values.includes(-1)) yield [key, sum(values, state)]
      }
    }), {
    "gets all keys with values and states, those of the batch first (SA-03)": [
      [[["b", 1], ["a", 2], ["b", 3]], [["c", 1]], [["b", -1]], []],
      [
        [["b", 4], ["a", 2], ["z", 1]],
        [["c", 1], ["z", 1], ["b", 4], ["a", 2]],
        [["z", 1], ["a", 2], ["c", 1]],
        [["z", 1], ["a", 2], ["c", 1]]
      ]
    ],
    "empty batches": [[[], []], [[["z", 1]], [["z", 1]]]]
  })

  table((input: DStream.DStream<Pair>) =>
    DStream.updateStateByKeyPartition(input, {
      name: "renamed",
      state: Schema.Number,
      update: (entries, time) =>
        Array.from(entries).flatMap(([key, values, state]) => {
          const name = time === 2000 ? key.toUpperCase() : key
          return [[name, sum(values, state)], ...(key === "twice" ? [[name, 0] as const] : [])] as const
        })
    }), {
    "may give other keys than it got": [
      [[["a", 1], ["b", 2]], [["b", 3]], [["a", 4]]],
      [[["a", 1], ["b", 2]], [["B", 5], ["A", 1]], [["a", 4], ["B", 5], ["A", 1]]]
    ],
    "a key that is given twice is emitted twice, and has the first state": [
      [[["twice", 5]], [["x", 1]]],
      [[["twice", 5], ["twice", 0]], [["X", 1], ["TWICE", 5], ["TWICE", 0]]]
    ]
  })

  const key = Arbitrary.map(smallInt, (n) => "abcdefghij"[n] ?? "")
  const pair = Arbitrary.map(Arbitrary.all([key, smallInt]), ([key, n]): Pair => [key, n - 2])
  const update = (values: ReadonlyArray<number>, state: number | undefined, _: string, time: number) => {
    const next = sum(values, state)
    return values.includes(-2) || (next * 7 + time / 1000) % 11 === 0 ? undefined : next
  }
  const build = (input: DStream.DStream<Pair>) =>
    DStream.updateStateByKeyPartition(input, {
      name: "random",
      state: Schema.Number,
      initialState: [["c", 1], ["z", 5]],
      *update(entries, time) {
        for (const [key, values, state] of entries) {
          const next = update(values, state, key, time)
          if (next !== undefined) yield [key, next]
        }
      }
    })
  agreesOver("agrees with the naive reading of updateStateByKey", pair, build, (batches) =>
    naiveUpdate(batches, [["c", 1], ["z", 5]], update))
  survivesRestarts("a restart changes nothing", pair, build)
  keepsMemoryLaws("is rolled back and written down", pair, build)
  keepsMemoryLaws("is rolled back and written down where keys change and leave", pair, (input) =>
    DStream.updateStateByKeyPartition(input, {
      name: "changing",
      state: Schema.Number,
      update: (entries, time) =>
        Array.from(entries).reverse().slice(0, 5).map(([key, values, state]) =>
          [time % 3000 === 0 ? `${key}!`.slice(-2) : key, sum(values, state)] as const)
    }))

  it.effect("keeps structural keys", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2, 3], [4]], (input: DStream.DStream<number>) =>
        input.pipe(
          DStream.keyBy((n) => ({ odd: n % 2 === 1 }), { encode: ({ odd }) => odd }),
          DStream.updateStateByKeyPartition({
            name: "parity",
            state: Schema.Number,
            key: Schema.Struct({ odd: Schema.Boolean }),
            update: (entries) => Array.from(entries, ([key, values, state]) => [key, sum(values, state)])
          }),
          DStream.groupByKey
        ))
      assert.deepStrictEqual<unknown>(out, [[[{ odd: true }, [4]], [{ odd: false }, [2]]], [[{ odd: false }, [6]], [{ odd: true }, [4]]]])
    }))

  it.effect("is named when its function throws", () =>
    Effect.gen(function*() {
      const { reason } = yield* failuresOf<Pair, unknown, never, StateStore>([[["a", 1]]], (input) =>
        DStream.updateStateByKeyPartition(input, {
          name: "throws",
          state: Schema.Number,
          update: () => {
            throw boom
          }
        }))
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.step, reason.item, reason.cause], ["updateStateByKeyPartition", undefined, Cause.die(boom)])
    }))
})
