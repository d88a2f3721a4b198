import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Arbitrary, Effect, Schema } from "effect"
import { keepsMemoryLaws } from "./memoryLaws.ts"
import { agreesOver, survivesRestarts } from "./survivesRestarts.ts"
import { blames, boom, forms, hostilePair, itemsOf, smallInt, table } from "./support.ts"

type Pair = readonly [string, number]
type Emit = "changed" | "all"

const join = (left: string, right: string): string => `(${left}${right})`

const running = (emit: Emit, timeout?: "2 seconds") => (input: DStream.DStream<Pair>) =>
  DStream.runningReduceByKey(input, {
    name: "running",
    state: Schema.Number,
    emit,
    timeout,
    reduce: (left, right) => left * 3 - right
  })

/** Keys by age with their values and times. */
const naive = (emit: Emit, millis: number) => (batches: ReadonlyArray<ReadonlyArray<Pair>>): ReadonlyArray<ReadonlyArray<unknown>> => {
  let all: ReadonlyArray<readonly [string, number, number]> = []
  return batches.map((items, index) => {
    const time = (index + 1) * 1000
    for (const [key, n] of items) {
      const known = all.find(([other]) => other === key)
      all = known === undefined
        ? [...all, [key, n, time]]
        : all.map((entry) => entry[0] === key ? [key, known[1] * 3 - n, time] : entry)
    }
    all = all.filter(([, , at]) => time <= at + millis)
    const came = [...new Set(items.map(([key]) => key))]
    const others = emit === "all" ? all.map(([key]) => key).filter((key) => !came.includes(key)) : []
    return [...came, ...others].map((key) => [key, all.find(([other]) => other === key)?.[1]])
  })
}

describe("runningReduceByKey", () => {
  table((input: DStream.DStream<readonly [string, string]>) =>
    DStream.runningReduceByKey(input, { name: "join", state: Schema.String, reduce: join }), {
    "empty batches emit nothing": [[[], []], [[], []]],
    "from the left, over all batches, keys of the batch as they first came": [
      [[["b", "1"], ["a", "2"], ["b", "3"]], [], [["c", "6"], ["a", "4"], ["b", "5"]]],
      [[["b", "(13)"], ["a", "2"]], [], [["c", "6"], ["a", "(24)"], ["b", "((13)5)"]]]
    ]
  })

  table(running("all"), {
    "emit all: those that did not come last, by age": [
      [[["b", 1], ["a", 2]], [["c", 3]], [["a", 1]], []],
      [
        [["b", 1], ["a", 2]],
        [["c", 3], ["b", 1], ["a", 2]],
        [["a", 5], ["b", 1], ["c", 3]],
        [["b", 1], ["a", 5], ["c", 3]]
      ]
    ]
  })

  table(running("all", "2 seconds"), {
    "a key is forgotten strictly after its last record and the timeout, and begins anew": [
      [[["a", 1]], [], [], [], [["a", 7]]],
      [[["a", 1]], [["a", 1]], [["a", 1]], [], [["a", 7]]]
    ],
    "every record keeps its key": [
      [[["a", 0]], [], [["a", 0]], [], [["a", 0]], [], [], []],
      [[["a", 0]], [["a", 0]], [["a", 0]], [["a", 0]], [["a", 0]], [["a", 0]], [["a", 0]], []]
    ]
  })

  forms([[["k", 1], ["k", 2]], [["k", 3]]], [[["k", 3]], [["k", 6]]], {
    "data first": (input: DStream.DStream<Pair>) =>
      DStream.runningReduceByKey(input, { name: "sum", state: Schema.Number, reduce: (left, right) => left + right }),
    "data last": (input) =>
      input.pipe(
        DStream.runningReduceByKey({ name: "sum", state: Schema.Number, reduce: (left, right) => left + right })
      ),
    "after pairs from literals": (input) =>
      input.pipe(
        DStream.map(([key, n]) => [key, n]),
        DStream.runningReduceByKey({ name: "sum", state: Schema.Number, reduce: (left, right) => left + right })
      )
  })

  const key = Arbitrary.map(smallInt, (n) => "abcdefghij"[n] ?? "")
  const pair = Arbitrary.map(Arbitrary.all([key, smallInt]), ([key, n]): Pair => [key, n])
  const few = Arbitrary.map(pair, ([key, n]): Pair => [key < "c" ? key : "c", n])
  agreesOver("agrees with a naive reading, changed", few, running("changed"), naive("changed", Infinity))
  agreesOver("agrees with a naive reading, all", few, running("all"), naive("all", Infinity))
  agreesOver("agrees with a naive reading, all, with a timeout", pair, running("all", "2 seconds"), naive("all", 2000))
  survivesRestarts("a restart changes nothing", few, running("all"))
  survivesRestarts("a restart changes nothing, with a timeout", pair, running("all", "2 seconds"))
  keepsMemoryLaws("is rolled back and written down", pair, running("all", "2 seconds"))
  const evicting = (input: DStream.DStream<Pair>) =>
    DStream.runningReduceByKey(input, {
      name: "evicting",
      state: Schema.Number,
      emit: "all",
      maxKeys: 4,
      onMaxKeys: "expireOldest",
      reduce: (left, right) => (left * 3 - right) % 100
    })
  survivesRestarts("a restart changes nothing where keys must make room", pair, evicting)
  keepsMemoryLaws("is rolled back and written down where keys must make room", pair, evicting)
  const tight = (emit: Emit) => (input: DStream.DStream<Pair>) =>
    DStream.runningReduceByKey(input, {
      name: "tight",
      state: Schema.Number,
      emit,
      maxKeys: 2,
      onMaxKeys: "expireOldest",
      reduce: (left, right) => left + right
    })
  const comesBack: ReadonlyArray<ReadonlyArray<Pair>> = [[["a", 1], ["b", 1], ["c", 1], ["a", 5]]]
  table(tight("changed"), { "a key that made room and came back is where it came first": [comesBack, [[["a", 5], ["c", 1]]]] })
  table(tight("all"), { "a key that came back is told once": [comesBack, [[["a", 5], ["c", 1]]]] })

  keepsMemoryLaws("writes hostile keys down", hostilePair, (input) =>
    DStream.runningReduceByKey(input, { name: "hostile", state: Schema.Number, reduce: (left, right) => left - right + 1 }))

  blames("runningReduceByKey", 1, [[["k", 1] as const, ["k", 2] as const]], (input) =>
    DStream.runningReduceByKey(input, {
      name: "throws",
      state: Schema.Number,
      reduce: () => {
        throw boom
      }
    }))

  it.effect("keeps structural keys, and what groups by them after", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2, 3], [4]], (input: DStream.DStream<number>) =>
        input.pipe(
          DStream.keyBy((n) => ({ odd: n % 2 === 1 }), { encode: ({ odd }) => odd }),
          DStream.runningReduceByKey({
            name: "parity",
            state: Schema.Number,
            key: Schema.Struct({ odd: Schema.Boolean }),
            emit: "all",
            reduce: (left, right) => left + right
          }),
          DStream.groupByKey
        ))
      assert.deepStrictEqual<unknown>(out, [
        [[{ odd: true }, [4]], [{ odd: false }, [2]]],
        [[{ odd: false }, [6]], [{ odd: true }, [4]]]
      ])
    }))
})
