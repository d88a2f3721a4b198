import { assert, describe, it } from "@effect/vitest"
import { DStream, type StateStore } from "@millrace/core"
import { Arbitrary, Effect, Order, Schema } from "effect"
import { keepsMemoryLaws } from "./memoryLaws.ts"
import { agreesOver, survivesRestarts } from "./survivesRestarts.ts"
import { blames, boom, failuresOf, forms, smallInt, table } from "./support.ts"

type Pair = readonly [string, number]

const Scored = Schema.Tuple([Schema.String, Schema.Number])
const byScore = Order.mapInput(Order.Number, ([, score]: Pair) => score)

const top = (k: number) => (input: DStream.DStream<number>) =>
  DStream.topK(input, { name: "top", k, item: Schema.Number, order: Order.Number })

const named = (k: number) => <R>(input: DStream.DStream<Pair, never, R>) =>
  DStream.topK(input, { name: "named", k, item: Scored, order: byScore, by: ([name]) => name })

const unnamed = (input: DStream.DStream<Pair>) => DStream.topK(input, { name: "unnamed", k: 3, item: Scored, order: byScore })

describe("topK", () => {
  table(top(2), {
    "no batch": [[], []],
    "the greatest so far, every batch, empty ones too": [
      [[], [1, 3, 2], [], [2], [5, 5]],
      [[], [3, 2], [3, 2], [3, 2], [5, 5]]
    ]
  })

  table(unnamed, {
    "among equals the one that came first": [
      [[["a", 1], ["b", 2], ["c", 1]], [["d", 1], ["e", 2]]],
      [[["b", 2], ["a", 1], ["c", 1]], [["b", 2], ["e", 2], ["a", 1]]]
    ]
  })

  table((input: DStream.DStream<Pair>) => named(2)(input), {
    "with names: a later item takes the place of the earlier one": [
      [[["a", 1], ["b", 2], ["a", 3]], [["c", 2]], [["b", 9]], [["b", 1]], [["c", 2]]],
      [
        [["a", 3], ["b", 2]],
        [["a", 3], ["b", 2]],
        [["b", 9], ["a", 3]],
        [["a", 3], ["b", 1]],
        [["a", 3], ["c", 2]]
      ]
    ]
  })

  forms([[1, 5], [7]], [[5], [7]], {
    "data first": top(1),
    "data last": (input) => input.pipe(DStream.topK({ name: "top", k: 1, item: Schema.Number, order: Order.Number }))
  })

  const pair = Arbitrary.map(Arbitrary.all([smallInt, smallInt]), ([name, n]): Pair => [`n${name}`, n])
  const stable = (items: ReadonlyArray<Pair>) => items.toSorted(([, left], [, right]) => right - left)
  agreesOver("agrees with a naive reading", pair, unnamed, (batches) =>
    batches.map((_, index) => stable(batches.slice(0, index + 1).flat()).slice(0, 3)))
  agreesOver("with names agrees with a naive reading where no score falls", pair, (input) =>
    named(3)(DStream.runningReduceByKey(input, { name: "sums", state: Schema.Number, reduce: (left, right) => left + right })),
    (batches) => {
      const ranks = (ranking: ReadonlyArray<Pair>) => ranking.map(([, score]) => score)
      const totals = new Map<string, number>()
      let ranking: ReadonlyArray<Pair> = []
      return batches.map((items) => {
        const came = [...new Set(items.map(([name]) => name))]
        for (const [name, n] of items) totals.set(name, (totals.get(name) ?? 0) + n)
        for (const name of came) {
          const others = ranking.filter(([other]) => other !== name)
          ranking = stable([...others, [name, totals.get(name) ?? 0]]).slice(0, 3)
        }
        assert.deepStrictEqual(ranks(ranking), [...totals.values()].toSorted((left, right) => right - left).slice(0, 3))
        return ranking
      })
    })
  survivesRestarts("a restart changes nothing", pair, unnamed)
  survivesRestarts("a restart changes nothing with names", pair, named(3))
  keepsMemoryLaws("is rolled back and written down", pair, unnamed)
  keepsMemoryLaws("is rolled back and written down with names", pair, named(3))

  blames("topK", 1, [[1, 2]], (input) =>
    DStream.topK(input, {
      name: "throws",
      k: 1,
      item: Schema.Number,
      order: () => {
        throw boom
      }
    }))

  it.effect("refuses a k that is none", () =>
    Effect.gen(function*() {
      const { message } = yield* failuresOf<number, unknown, never, StateStore>([], top(0))
      assert.include(message, `k of topK "top" for output "collected": 0 is not a whole number of at least 1`)
    }))
})
