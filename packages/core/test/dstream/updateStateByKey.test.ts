import { assert, describe, it } from "@effect/vitest"
import { DStream, type StateStore } from "@millrace/core"
import { Arbitrary, Cause, Effect, Schema } from "effect"
import { keepsMemoryLaws } from "./memoryLaws.ts"
import { naiveUpdate } from "./naiveState.ts"
import { agreesOver, restarted, survivesRestarts } from "./survivesRestarts.ts"
import { type Batches, boom, failuresOf, forms, hostilePair, itemsOf, smallInt, table } from "./support.ts"

type Pair = readonly [string, number]

const sum = (values: ReadonlyArray<number>, total = 0): number => values.reduce((sum, n) => sum + n, total)

const totals = (input: DStream.DStream<Pair>) =>
  DStream.updateStateByKey(input, { name: "totals", state: Schema.Number, update: (values, total) => sum(values, total) })

const calls = (initialState?: Iterable<Pair>) => (input: DStream.DStream<Pair>) =>
  DStream.updateStateByKey(input, {
    name: "calls",
    state: Schema.String,
    initialState: initialState && Array.from(initialState, ([key, n]) => [key, String(n)]),
    update: (values, state, key, time) =>
      values.includes(-1) ? undefined : `${state ?? ""}${key}(${values})@${time / 1000};`
  })

describe("updateStateByKey", () => {
  table(totals, {
    "no batch": [[], []],
    "no data and no state: empty batches (SA-05)": [[[], []], [[], []]],
    "keys of the batch as they first came, then the others by age": [
      [[["b", 1], ["a", 2], ["b", 3]], [["c", 1]], [["a", 1]], []],
      [
        [["b", 4], ["a", 2]],
        [["c", 1], ["b", 4], ["a", 2]],
        [["a", 3], ["b", 4], ["c", 1]],
        [["b", 4], ["a", 3], ["c", 1]]
      ]
    ]
  })

  table(calls(), {
    "is called for every key with state or values, every batch, with time and key (SA-01, SA-04)": [
      [[["a", 1], ["a", 2]], [["b", 3]], []],
      [
        [["a", "a(1,2)@1;"]],
        [["b", "b(3)@2;"], ["a", "a(1,2)@1;a()@2;"]],
        [["a", "a(1,2)@1;a()@2;a()@3;"], ["b", "b(3)@2;b()@3;"]]
      ]
    ],
    "undefined removes the key, and a key that comes back is young": [
      [[["a", 1], ["b", 1]], [["a", -1], ["c", -1]], [["a", 2]], []],
      [
        [["a", "a(1)@1;"], ["b", "b(1)@1;"]],
        [["b", "b(1)@1;b()@2;"]],
        [["a", "a(2)@3;"], ["b", "b(1)@1;b()@2;b()@3;"]],
        [["b", "b(1)@1;b()@2;b()@3;b()@4;"], ["a", "a(2)@3;a()@4;"]]
      ]
    ]
  })

  table(calls([["a", 1], ["b", 2], ["a", 3]]), {
    "initial state goes through the function in the first batch, with and without values (SA-02)": [
      [[["c", 9], ["b", 8]], []],
      [
        [["c", "c(9)@1;"], ["b", "2b(8)@1;"], ["a", "3a()@1;"]],
        [["a", "3a()@1;a()@2;"], ["b", "2b(8)@1;b()@2;"], ["c", "c(9)@1;c()@2;"]]
      ]
    ],
    "also where the first batch is empty": [[[]], [[["a", "3a()@1;"], ["b", "2b()@1;"]]]],
    "initial state can be removed": [[[["a", -1], ["b", -1]], []], [[], []]]
  })

  it.effect("does not take the initial state again after a restart, though nothing is left of it", () =>
    Effect.gen(function*() {
      const batches: Batches<Pair> = [[["a", -1], ["b", -1]], []]
      const out = yield* restarted(batches, [1], calls([["a", 1], ["b", 2]]))
      assert.deepStrictEqual(out.map(({ items }) => items), [[], []])
    }))

  const give: Batches<Pair> = [[["a", 1]], [["a", 2]]]
  forms(give, [[["a", 1]], [["a", 3]]], {
    "data first": totals,
    "data last": (input) =>
      input.pipe(DStream.updateStateByKey({
        name: "totals",
        state: Schema.Number,
        update: (values, total = 0) => values.reduce((sum, n) => sum + n, total)
      })),
    "after pairs from literals": (input) =>
      input.pipe(
        DStream.map(([key, n]) => [key, n]),
        DStream.updateStateByKey({
          name: "totals",
          state: Schema.Number,
          update: (values, total = 0) => values.reduce((sum, n) => sum + n, total)
        })
      )
  })

  const key = Arbitrary.map(smallInt, (n) => "abcdefghij"[n] ?? "")
  const pair = Arbitrary.map(Arbitrary.all([key, smallInt]), ([key, n]): Pair => [key, n - 2])
  const seeds: ReadonlyArray<Pair> = [["c", 1], ["z", 5]]
  const update = (values: ReadonlyArray<number>, state: number | undefined, _: string, time: number) => {
    if (values.includes(-2)) return undefined
    const next = sum(values, state)
    return values.length === 0 && (next * 7 + time / 1000) % 11 === 0 ? undefined : next
  }
  const build = (input: DStream.DStream<Pair>) =>
    DStream.updateStateByKey(input, { name: "random", state: Schema.Number, initialState: seeds, update })
  agreesOver("agrees with a naive reading", pair, build, (batches) => naiveUpdate(batches, seeds, update))
  survivesRestarts("a restart changes nothing", pair, build)
  keepsMemoryLaws("is rolled back and written down", pair, build)
  keepsMemoryLaws("writes hostile keys down", hostilePair, (input) =>
    DStream.updateStateByKey(input, {
      name: "hostile",
      state: Schema.Number,
      update: (values, state = NaN) => values.includes(3) ? undefined : values[0] ?? 1 - state
    }))

  it.effect("keeps structural keys, and what groups by them after", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2, 3], [4]], (input: DStream.DStream<number>) =>
        input.pipe(
          DStream.keyBy((n) => ({ odd: n % 2 === 1 }), { encode: ({ odd }) => odd }),
          DStream.updateStateByKey({
            name: "parity",
            state: Schema.Number,
            key: Schema.Struct({ odd: Schema.Boolean }),
            update: (values, total) => sum(values, total)
          }),
          DStream.groupByKey
        ))
      assert.deepStrictEqual<unknown>(out, [[[{ odd: true }, [4]], [{ odd: false }, [2]]], [[{ odd: false }, [6]], [{ odd: true }, [4]]]])
    }))

  it.effect("fails at maxKeys", () =>
    Effect.gen(function*() {
      const { message } = yield* failuresOf<Pair, unknown, never, StateStore>([[["a", 1], ["b", 1]], [["c", 1]]], (input) =>
        DStream.updateStateByKey(input, { name: "few", state: Schema.Number, maxKeys: 2, update: (values, state) => values[0] ?? state }))
      assert.include(message, `"few" remembers 2 keys`)
    }))

  it.effect("is named when its function throws", () =>
    Effect.gen(function*() {
      const { reason } = yield* failuresOf<Pair, unknown, never, StateStore>([[["a", 1]]], (input) =>
        DStream.updateStateByKey(input, {
          name: "throws",
          state: Schema.Number,
          update: () => {
            throw boom
          }
        }))
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.step, reason.item, reason.cause], ["updateStateByKey", undefined, Cause.die(boom)])
    }))
})
