import { assert, describe, it } from "@effect/vitest"
import { DStream, type StateStore } from "@millrace/core"
import { Arbitrary, Effect, Schema } from "effect"
import { keepsMemoryLaws } from "./memoryLaws.ts"
import { agreesOver, survivesRestarts } from "./survivesRestarts.ts"
import { type Batches, failuresOf, smallInt, table } from "./support.ts"

type Pair = readonly [string, number]

/** Keys by age with their states and times; `[key, n]`: negative removes, 0 reads. */
const naive = (most: number) => (batches: Batches<Pair>): ReadonlyArray<ReadonlyArray<unknown>> => {
  let all: ReadonlyArray<readonly [string, number, number]> = []
  return batches.map((items, index) => {
    const time = (index + 1) * 1000
    const out: Array<unknown> = []
    for (const [key, n] of items) {
      const known = all.find(([other]) => other === key)
      if (n < 0) all = all.filter((entry) => entry !== known)
      else if (n > 0 && known === undefined) {
        if (all.length === most) {
          const oldest = all.toSorted(([, , left], [, , right]) => left - right)[0]
          out.push(`${oldest?.[0]} ${oldest?.[1]} out ${time}`)
          all = all.filter((entry) => entry !== oldest)
        }
        all = [...all, [key, n, time]]
      } else if (n > 0 && known?.[1] !== n) all = all.map((entry) => entry === known ? [key, n, time] : entry)
    }
    return out
  })
}

describe("maxKeys of mapWithState", () => {
  const bounded = (onMaxKeys?: "fail" | "expireOldest") => (input: DStream.DStream<Pair>) =>
    DStream.mapWithState(input, {
      name: "bounded",
      state: Schema.Number,
      maxKeys: 2,
      onMaxKeys,
      step: (n, state) => n < 0 ? [undefined] : [n, state === undefined ? "new" : "known"],
      onTimeout: (state, key) => `${key}${state}`
    })

  it.effect("fails the run, and says which operator and how many, and no key", () =>
    Effect.gen(function*() {
      const { message, reason } = yield* failuresOf<Pair, unknown, never, StateStore>(
        [[["a", 1], ["b", 1]], [["a", -1], ["c", 1], ["secret", 1]]],
        bounded()
      )
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.step, reason.item], ["mapWithState", 2])
      assert.include(message, `"bounded" remembers 2 keys, which is its maxKeys`)
      assert.notInclude(message, "secret")
    }))

  table(bounded("expireOldest"), {
    "or expires the key whose last update is longest ago, among equals the first": [
      [[["a", 1], ["b", 1], ["a", 2], ["c", 3]], [["b", 4]], [["c", 5]], [["d", 1]]],
      [["new", "new", "known", "a2", "new"], ["known"], ["known"], ["b4", "new"]]
    ],
    "a key that was removed has made room": [[[["a", 1], ["b", 1], ["a", -1], ["c", 1]]], [["new", "new", "new"]]],
    "more keys in a batch than there is room for": [
      [[["a", 1], ["b", 2], ["c", 3], ["d", 4], ["a", 5]]],
      [["new", "new", "a1", "new", "b2", "new", "c3", "new"]]
    ]
  })

  it.effect("must be at least one", () =>
    Effect.gen(function*() {
      const { message } = yield* failuresOf<Pair, unknown, never, StateStore>([], (input) =>
        DStream.mapWithState(input, {
          name: "wrong",
          state: Schema.Number,
          maxKeys: 0.5,
          timeout: "-1 second",
          step: () => [1]
        }))
      assert.include(message, `maxKeys of mapWithState "wrong" for output "collected": 0.5 is not a whole number`)
      assert.include(message, `timeout of mapWithState "wrong" for output "collected":`)
    }))

  const key = Arbitrary.map(smallInt, (n) => "abcdefghij"[n] ?? "")
  const pair = Arbitrary.map(Arbitrary.all([key, smallInt]), ([key, n]): Pair => [key, n - 3])
  const evicting = (maxKeys: number, initialState?: Iterable<Pair>) => (input: DStream.DStream<Pair>) =>
    DStream.mapWithState(input, {
      name: "evicting",
      state: Schema.Number,
      maxKeys,
      onMaxKeys: "expireOldest",
      initialState,
      step: (n, state) => n < 0 ? [undefined] : n === 0 ? [state] : [n],
      onTimeout: (state, key, time) => `${key} ${state} out ${time}`
    })
  survivesRestarts("a restart changes nothing where keys must make room", pair, evicting(3, [["c", 1], ["x", 2]]))
  keepsMemoryLaws("is rolled back and written down where keys must make room", pair, evicting(3, [["c", 1], ["x", 2]]))

  for (const most of [1, 2, 5]) agreesOver(`agrees with a naive reading, ${most}`, pair, evicting(most), naive(most))
})
