import { assert, describe, it } from "@effect/vitest"
import { DStream, type StateStore } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Arbitrary, Effect, Schema } from "effect"
import { keepsMemoryLaws } from "./memoryLaws.ts"
import { naiveMap, type Rules } from "./naiveState.ts"
import { agreesOver, restarted, survivesRestarts } from "./survivesRestarts.ts"
import { blames, boom, failuresOf, hostileKeys, hostilePair, itemsOf, smallInt, table } from "./support.ts"

type Pair = readonly [string, number]

const sums = (input: DStream.DStream<Pair>) =>
  DStream.mapWithState(input, {
    name: "sums",
    state: Schema.Number,
    step: (n, sum, key, time) => [(sum ?? 0) + n, [key, (sum ?? 0) + n, time]]
  })

const lasting = (input: DStream.DStream<Pair>) =>
  DStream.mapWithState(input, {
    name: "lasting",
    state: Schema.Number,
    timeout: "2 seconds",
    step: (n, state) => n === 0 ? [state] : n < 0 ? [undefined, "gone"] : [n],
    onTimeout: (state, key, time) => `${key}${state}@${time}`
  })

const everyRecord = (input: DStream.DStream<Pair>) =>
  DStream.mapWithState(input, {
    name: "every record",
    state: Schema.Number,
    timeout: "2 seconds",
    refreshOnRead: true,
    step: () => [1],
    onTimeout: (_, key) => key
  })

const asSpark = (input: DStream.DStream<Pair>) =>
  DStream.mapWithState(input, {
    name: "as Spark",
    state: Schema.Number,
    timeout: "3 seconds",
    semantics: "spark",
    step: () => [1],
    onTimeout: (_, key, time) => `${key}@${time}`
  })

describe("mapWithState", () => {
  table(sums, {
    "no batch": [[], []],
    "empty batches call nothing (SA-07)": [[[], []], [[], []]],
    "is called once per record, in the order of arrival, with the state that the record before it left": [
      [[["b", 1], ["a", 2], ["b", 3]], [], [["a", 4]]],
      [[["b", 1, 1000], ["a", 2, 1000], ["b", 4, 1000]], [], [["a", 6, 3000]]]
    ]
  })

  table((input: DStream.DStream<Pair>) =>
    DStream.mapWithState(input, {
      name: "removing",
      state: Schema.Number,
      step: (n, state) => n < 0 ? [undefined, `${state}`] : n === 0 ? [state] : [n]
    }), {
    "without a second element nothing is emitted; undefined forgets": [
      [[["a", 1], ["a", -1], ["a", -1]], [["a", -1]], [["a", 5], ["a", 0]], [["a", -1]]],
      [["1", "undefined"], ["undefined"], [], ["5"]]
    ]
  })

  table(lasting, {
    "is due strictly after the last update and the timeout, in an empty batch too (SA-11)": [
      [[["a", 1]], [], [], [], []],
      [[], [], [], ["a1@4000"], []]
    ],
    "an update counts anew": [[[["a", 1]], [], [["a", 2]], [], [], [], []], [[], [], [], [], [], ["a2@6000"], []]],
    "a read does not": [[[["a", 1]], [["a", 0]], [["a", 0]], [["a", 0]], []], [[], [], [], ["a1@4000"], []]],
    "a record of the very batch goes first and keeps it alive": [
      [[["a", 1]], [], [], [["a", 2]], [], [], []],
      [[], [], [], [], [], [], ["a2@7000"]]
    ],
    "a forgotten key is not due": [[[["a", 1]], [["a", -1]], [], [], []], [[], ["gone"], [], [], []]],
    "a key that is born again is due by its new life": [
      [[["a", 1]], [["a", -1], ["a", 3]], [], [], [], []],
      [[], ["gone"], [], [], ["a3@5000"], []]
    ],
    "the oldest key first, whatever was updated when": [
      [[["a", 1], ["b", 1]], [["c", 1]], [["b", 2], ["a", 2], ["c", 2]], [], [], []],
      [[], [], [], [], [], ["a2@6000", "b2@6000", "c2@6000"]]
    ]
  })

  table(everyRecord, {
    "with refreshOnRead every record counts": [
      [[["a", 1], ["b", 1]], [["a", 1]], [["a", 1]], [["a", 1]], [], [], []],
      [[], [], [], ["b"], [], [], ["a"]]
    ]
  })

  table(asSpark, {
    "as Spark: every record counts, and timeouts are looked for in every tenth batch": [
      [[["a", 1], ["b", 1]], ...Array.from({ length: 10 }, (): ReadonlyArray<Pair> => [["a", 1]]), ...Array.from({ length: 10 }, () => [])],
      [...Array.from({ length: 9 }, () => []), ["b@10000"], ...Array.from({ length: 9 }, () => []), ["a@20000"], []]
    ]
  })

  it.effect("times out in the batches that follow the input", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[["a", 1]]], lasting, { runOn: 4 })
      assert.deepStrictEqual(out, [[], [], [], ["a1@4000"], []])
    }))

  it.effect("starts with the initial state, whose times are the first batch's (SA-08)", () =>
    Effect.gen(function*() {
      const batches: ReadonlyArray<ReadonlyArray<Pair>> = [[["b", 1]], [["a", 1], ["c", 1]], [], []]
      const out = yield* itemsOf(batches, (input) =>
        DStream.mapWithState(input, {
          name: "initial",
          state: Schema.Number,
          initialState: new Map([["a", 10], ["b", 20], ["d", 30]]),
          timeout: "2 seconds",
          step: (n, sum = 0, key) => [sum + n, [key, sum + n]],
          onTimeout: (sum, key) => [key, -sum]
        }))
      assert.deepStrictEqual(out, [[["b", 21]], [["a", 11], ["c", 1]], [], [["b", -21], ["d", -30]]])
    }))

  it.effect("forgets initial state for good, also when nothing is left of it", () =>
    Effect.gen(function*() {
      const out = yield* restarted([[["a", -1]], [["a", 0]]] as ReadonlyArray<ReadonlyArray<Pair>>, [1], (input) =>
        DStream.mapWithState(input, {
          name: "initial",
          state: Schema.Number,
          initialState: [["a", 10]],
          step: (n, state) => n < 0 ? [undefined, `${state}`] : [state, "none"]
        }))
      assert.deepStrictEqual(out.map(({ items }) => items), [["10"], ["none"]])
    }))

  const key = Arbitrary.map(smallInt, (n) => "abcdefghij"[n] ?? "")
  const pair = Arbitrary.map(Arbitrary.all([key, smallInt]), ([key, n]): Pair => [key, n - 3])
  const rules = (millis: number, refreshOnRead: boolean): Rules => ({ millis, refreshOnRead })
  const stepping = (millis: number, refreshOnRead: boolean) => (input: DStream.DStream<Pair>) =>
    DStream.mapWithState(input, {
      name: "stepping",
      state: Schema.Number,
      timeout: `${millis} millis`,
      refreshOnRead,
      step: (n, state, key, time) =>
        n < 0 ? [undefined, `${key} ${state}`] : n === 0 ? [state] : [n, `${key} ${state} ${n} ${time}`],
      onTimeout: (state, key, time) => `${key} ${state} out ${time}`
    })
  for (const refreshOnRead of [false, true]) {
    for (const millis of [500, 1000, 3000, 7500]) {
      agreesOver(
        `agrees with a naive reading, ${millis} ms, refreshOnRead ${refreshOnRead}`,
        pair,
        stepping(millis, refreshOnRead),
        (batches) => naiveMap(batches, rules(millis, refreshOnRead))
      )
    }
  }
  survivesRestarts("a restart changes nothing", pair, stepping(3000, false))
  survivesRestarts("a restart changes nothing with reads that refresh", pair, stepping(2000, true))
  keepsMemoryLaws("is rolled back and written down", pair, stepping(3000, false))
  keepsMemoryLaws("is rolled back and written down, with reads that refresh", pair, stepping(2000, true))
  survivesRestarts("a restart keeps hostile keys apart", hostilePair, (input) =>
    DStream.mapWithState(input, { name: "hostile", state: Schema.Number, step: (n, sum = 0, key) => [sum + n, [key, sum]] }))
  keepsMemoryLaws("writes hostile keys down", hostilePair, (input) =>
    DStream.mapWithState(input, {
      name: "hostile",
      state: Schema.Number,
      initialState: hostileKeys.map((key) => [key, NaN]),
      step: (n, sum = 0, key) => n === 3 ? [undefined] : [sum + n, [key, sum]]
    }))

  it.effect("keeps structural keys and any state over a restart", () =>
    Effect.gen(function*() {
      const Shop = Schema.Struct({ shop: Schema.String, day: Schema.Date })
      const sale = (shop: string, day: number) => ({ shop, day: new Date(day) })
      const build = (input: DStream.DStream<{ readonly shop: string; readonly day: Date }>) =>
        input.pipe(
          DStream.keyBy(({ day, shop }) => ({ shop, day }), { encode: ({ day, shop }) => `${shop}|${day.getTime()}` }),
          DStream.mapWithState({
            name: "seen",
            state: Schema.Struct({ first: Schema.Date, total: Schema.BigInt }),
            key: Shop,
            initialState: [[{ shop: "north", day: new Date(1) }, { first: new Date(7), total: 10n }]],
            step: (_, state, key, time) => {
              const next = { first: state?.first ?? new Date(time), total: (state?.total ?? 0n) + 1n }
              return [next, [key, next]]
            }
          }),
          DStream.stateSnapshots,
          DStream.mapValues(({ total }) => total),
          DStream.reduceByKey((left, right) => left + right)
        )
      const batches = [[sale("north", 1), sale("south", 1)], [sale("north", 2), sale("north", 1)]]
      const out = yield* restarted(batches, [1], build)
      assert.deepStrictEqual<unknown>(out.map(({ items }) => items), [
        [[sale("north", 1), 11n], [sale("south", 1), 1n]],
        [[sale("north", 1), 12n], [sale("south", 1), 1n], [sale("north", 2), 1n]]
      ])
    }))

  it.effect("asks for a schema where keys are structural", () =>
    Effect.gen(function*() {
      const { message } = yield* failuresOf<Pair, unknown, never, StateStore>([[["a", 1]]], (input) =>
        input.pipe(
          DStream.keyBy(([key]) => ({ key }), { encode: ({ key }) => key }),
          DStream.mapWithState({ name: "no key", state: Schema.Number, step: () => [1] })
        ))
      assert.include(message, "give `key`")
    }))

  blames("mapWithState", 1, [[["k", 1] as const, ["k", 2] as const]], (input) =>
    DStream.mapWithState(input, {
      name: "throws",
      state: Schema.Number,
      step: (n, state) => {
        if (state !== undefined) throw boom
        return [n]
      }
    }))

  it.effect("infers what is emitted, and asks for a StateStore", () =>
    Effect.gen(function*() {
      const build = (input: DStream.DStream<string>) => {
        const stream = input.pipe(
          DStream.map((word) => [word, word.length]),
          DStream.mapWithState({
            name: "types",
            state: Schema.Number,
            timeout: "1 second",
            step: (n, state, key) => state === undefined ? [n] : [state + n, [key, state]],
            onTimeout: (_, key) => key
          })
        )
        const exactly: DStream.Stateful<[string, number] | string, string, number, never, StateStore> = stream
        return exactly
      }
      assert.deepStrictEqual(yield* TestPipeline.run([["a", "a"]], build).pipe(Effect.map(([batch]) => batch?.items)), [["a", 1]])
    }))
})
