import { assert, describe, it } from "@effect/vitest"
import { DStream, type StateStore } from "@millrace/core"
import { Arbitrary, Effect } from "effect"
import { keepsMemoryLaws } from "./memoryLaws.ts"
import { agreesOver, survivesRestarts } from "./survivesRestarts.ts"
import { blames, boom, failuresOf, forms, hostileKey, hostileKeys, smallInt, table } from "./support.ts"

const ever = (input: DStream.DStream<number>) => DStream.distinct(input, { name: "ever" })
const within = (input: DStream.DStream<number>) => DStream.distinct(input, { name: "within", within: "2 seconds" })
const latest = (input: DStream.DStream<number>) =>
  DStream.distinct(input, { name: "latest", maxKeys: 3, onMaxKeys: "expireOldest" })

/** What was emitted, and when, the oldest first. */
const naive = (millis: number, most: number) => (batches: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<ReadonlyArray<number>> => {
  let seen: ReadonlyArray<readonly [number, number]> = []
  return batches.map((items, index) => {
    const time = (index + 1) * 1000
    return items.filter((item) => {
      seen = seen.filter(([, at]) => time <= at + millis)
      if (seen.some(([other]) => other === item)) return false
      seen = [...seen, [item, time] as const].slice(-most)
      return true
    })
  })
}

describe("distinct", () => {
  table(ever, {
    "no batch": [[], []],
    "lets each item through once, over all batches": [[[3, 1, 3], [], [2, 1], [3, 4]], [[3, 1], [], [2], [4]]]
  })

  table(within, {
    "again in a batch later by more than `within`, in that very batch": [
      [[1], [1], [1], [1, 1], [1], [], [1]],
      [[1], [], [], [1], [], [], [1]]
    ],
    "what is kept from coming prolongs nothing": [[[1], [1], [1], [], [1]], [[1], [], [], [], [1]]]
  })

  table(latest, {
    "what was emitted first is forgotten": [[[1, 2, 3, 1], [4, 2], [1]], [[1, 2, 3], [4], [1]]],
    "in one batch": [[[1, 2, 3, 4, 1]], [[1, 2, 3, 4, 1]]]
  })

  table((input: DStream.DStream<{ readonly id: number; readonly text: string }>) =>
    DStream.distinct(input, { name: "by id", by: ({ id }) => id }), {
    "by: the first of those that are the same": [
      [[{ id: 1, text: "a" }, { id: 1, text: "b" }], [{ id: 2, text: "a" }, { id: 1, text: "c" }]],
      [[{ id: 1, text: "a" }], [{ id: 2, text: "a" }]]
    ]
  })

  forms([[1, 2], [2, 3]], [[1, 2], [3]], {
    "data first": ever,
    "data last": (input) => input.pipe(DStream.distinct({ name: "last" })),
    "data last, by": (input) => input.pipe(DStream.distinct({ name: "last", by: (n) => `${n}` }))
  })

  agreesOver("agrees with a naive reading", Arbitrary.map(smallInt, (n) => n * n), ever, naive(Infinity, Infinity))
  agreesOver("agrees with a naive reading, within", smallInt, within, naive(2000, Infinity))
  agreesOver("agrees with a naive reading, the latest", smallInt, latest, naive(Infinity, 3))
  for (const build of [ever, within, latest]) {
    const { name } = build
    survivesRestarts(`a restart changes nothing, ${name}`, smallInt, build)
    keepsMemoryLaws(`is rolled back and written down, ${name}`, smallInt, build)
  }
  keepsMemoryLaws("writes hostile items down", hostileKey, DStream.distinct({ name: "hostile", within: "3 seconds" }))

  table((input: DStream.DStream<string | number | bigint | boolean>) => DStream.distinct(input, { name: "hostile" }), {
    "keeps hostile items apart": [[hostileKeys, hostileKeys], [hostileKeys, []]]
  })

  blames("distinct", 0, [[1]], (input) =>
    DStream.distinct(input, {
      name: "throws",
      by: () => {
        throw boom
      }
    }))

  it.effect("refuses bounds that are none", () =>
    Effect.gen(function*() {
      const { message } = yield* failuresOf<number, unknown, never, StateStore>([], (input) =>
        DStream.distinct(input, { name: "wrong", maxKeys: 0, within: "0 seconds" }))
      assert.include(message, `maxKeys of distinct "wrong" for output "collected": 0 is not`)
      assert.include(message, `within of distinct "wrong" for output "collected":`)
    }))

  it("takes items that can be told apart", () => {
    const refused = (input: DStream.DStream<{ readonly id: number }>) => {
      // @ts-expect-error objects need `by`
      DStream.distinct(input, { name: "objects" })
    }
    assert.isFunction(refused)
  })
})
