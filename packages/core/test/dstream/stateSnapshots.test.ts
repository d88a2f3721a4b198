import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Arbitrary, Effect, Schema } from "effect"
import { agreesOver, survivesRestarts } from "./survivesRestarts.ts"
import { forms, smallInt, table } from "./support.ts"

type Pair = readonly [string, number]

const lasting = (input: DStream.DStream<Pair>) =>
  DStream.mapWithState(input, {
    name: "lasting",
    state: Schema.Number,
    timeout: "2 seconds",
    initialState: [["z", 0]],
    step: (n, state) => n < 0 ? [undefined, "gone"] : n === 0 ? [state] : [n]
  })

const snapshots = (input: DStream.DStream<Pair>) => DStream.stateSnapshots(lasting(input))

/** Keys by age with their states and times; `[key, n]`: negative removes, 0 reads. */
const naive = (batches: ReadonlyArray<ReadonlyArray<Pair>>): ReadonlyArray<ReadonlyArray<unknown>> => {
  let all: ReadonlyArray<readonly [string, number, number]> = [["z", 0, 1000]]
  return batches.map((items, index) => {
    const time = (index + 1) * 1000
    for (const [key, n] of items) {
      const known = all.find(([other]) => other === key)
      if (n === 0) continue
      if (n < 0) all = all.filter(([other]) => other !== key)
      else if (known === undefined) all = [...all, [key, n, time]]
      else if (known[1] !== n) all = all.map((entry) => entry[0] === key ? [key, n, time] : entry)
    }
    all = all.filter(([, , at]) => time <= at + 2000)
    return all.map(([key, n]) => [key, n])
  })
}

describe("stateSnapshots", () => {
  table(snapshots, {
    "all keys every batch, the oldest first, after what the batch did (SA-12)": [
      [[["b", 1], ["a", 2]], [], [["c", 3], ["b", 4]], [["b", -1], ["b", 5]], [["a", -1]]],
      [
        [["z", 0], ["b", 1], ["a", 2]],
        [["z", 0], ["b", 1], ["a", 2]],
        [["z", 0], ["b", 4], ["a", 2], ["c", 3]],
        [["c", 3], ["b", 5]],
        [["c", 3], ["b", 5]]
      ]
    ],
    "no state left": [[[["z", -1]], []], [[], []]]
  })

  forms([[["a", 1]]], [[["z", 0], ["a", 1]]], {
    "as a function": snapshots,
    "at the end of a pipe": (input: DStream.DStream<Pair>) => lasting(input).pipe(DStream.stateSnapshots)
  })

  const key = Arbitrary.map(smallInt, (n) => "abcdefghij"[n] ?? "")
  const pair = Arbitrary.map(Arbitrary.all([key, smallInt]), ([key, n]): Pair => [key, n - 3])
  agreesOver("agrees with a naive reading", pair, snapshots, naive)
  survivesRestarts("a restart changes nothing", pair, snapshots)

  it.effect("beside the stream itself: both see one state", () =>
    Effect.gen(function*() {
      const out = yield* TestPipeline.run([[["a", 1], ["a", -1]], [["a", 2]]] satisfies ReadonlyArray<ReadonlyArray<Pair>>, (input) => {
        const stream = lasting(input)
        return DStream.union(
          DStream.map(stream, (text): unknown => text),
          DStream.map(DStream.stateSnapshots(stream), (pair): unknown => pair)
        )
      })
      assert.deepStrictEqual(out.map(({ items }) => items), [["gone", ["z", 0]], [["z", 0], ["a", 2]]])
    }))

  it.effect("of the other streams with state per key", () =>
    Effect.gen(function*() {
      const out = yield* TestPipeline.run([["b", "a", "b"], ["a"]], (input) =>
        input.pipe(DStream.keyBy((word) => word), DStream.runningCountByKey({ name: "count" }), DStream.stateSnapshots))
      assert.deepStrictEqual(out.map(({ items }) => items), [[["b", 2], ["a", 1]], [["b", 2], ["a", 2]]])
    }))

  it("takes no other stream", () => {
    const refused = (input: DStream.DStream<Pair>) => {
      // @ts-expect-error a mapped stream has no state of its own
      DStream.stateSnapshots(DStream.map(lasting(input), (text) => text))
      // @ts-expect-error a pair is not state
      DStream.stateSnapshots(DStream.reduceByKey(input, (left) => left))
    }
    assert.isFunction(refused)
  })
})
