import { describe } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Schema } from "effect"
import { table } from "./support.ts"
import { survivesRestarts } from "./survivesRestarts.ts"
import { Arbitrary } from "effect"
import { smallInt } from "./support.ts"

type Sale = readonly [shop: string, sale: { readonly at: number; readonly sum: number }]

const totals = (input: DStream.DStream<Sale>) =>
  input.pipe(
    DStream.assignTimestamps({ timestamp: ({ at }) => at, outOfOrderness: 5 }),
    DStream.combineByKeyAndEventWindow({
      name: "totals",
      sessionGap: 10,
      allowedLateness: 5,
      state: Schema.Struct({ sum: Schema.Number, last: Schema.Date }),
      createCombiner: ({ at, sum }) => ({ sum, last: new Date(at) }),
      mergeValue: ({ last, sum }, sale) => ({ sum: sum + sale.sum, last: new Date(Math.max(last.getTime(), sale.at)) }),
      mergeCombiners: (left, right) => ({ sum: left.sum + right.sum, last: left.last < right.last ? right.last : left.last })
    }),
    DStream.mapValues(({ end, start, value }) => `${start}-${end}: ${value.sum} until ${value.last.getTime()}`)
  )

describe("combineByKeyAndEventWindow", () => {
  table(totals, {
    "sessions become one by mergeCombiners": [
      [[["a", { at: 0, sum: 1 }], ["a", { at: 12, sum: 2 }]], [["a", { at: 7, sum: 4 }]], [["b", { at: 40, sum: 0 }]]],
      [[], [], [["a", "0-22: 7 until 12"]]]
    ]
  })

  survivesRestarts(
    "survives restarts, with dates in its state",
    Arbitrary.map(Arbitrary.all([smallInt, smallInt]), ([a, b]): Sale => [`${a % 2}`, { at: a * 10 + b, sum: b }]),
    totals
  )
})
