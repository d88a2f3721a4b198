import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Effect, Schema } from "effect"
import { keepsMemoryLaws } from "./memoryLaws.ts"
import { agreesOver, restarted, survivesRestarts } from "./survivesRestarts.ts"
import { blames, boom, forms, smallInt, table } from "./support.ts"

const sums = (input: DStream.DStream<number>) =>
  DStream.scan(input, {
    name: "sum",
    state: Schema.Number,
    initial: 0,
    step: (sum, n, time) => n === 2 ? [sum + n] : [sum + n, `${sum + n} at ${time}`]
  })

describe("scan", () => {
  table(sums, {
    "no batch": [[], []],
    "empty batches call nothing and emit nothing": [[[], []], [[], []]],
    "carries its state from item to item and from batch to batch; without a second element nothing is emitted": [
      [[1, 2], [], [3]],
      [["1 at 1000"], [], ["6 at 3000"]]
    ]
  })

  forms([[1, 2], [3]], [[1, 3], [6]], {
    "data first": (input: DStream.DStream<number>) =>
      DStream.scan(input, { name: "sum", state: Schema.Number, initial: 0, step: (sum, n) => [sum + n, sum + n] }),
    "data last": (input) =>
      input.pipe(DStream.scan({ name: "sum", state: Schema.Number, initial: 0, step: (sum, n: number) => [sum + n, sum + n] }))
  })

  agreesOver("agrees with a naive reading", smallInt, sums, (batches) => {
    let sum = 0
    return batches.map((items, index) =>
      items.flatMap((n) => {
        sum += n
        return n === 2 ? [] : [`${sum} at ${(index + 1) * 1000}`]
      }))
  })
  survivesRestarts("a restart changes nothing", smallInt, sums)
  keepsMemoryLaws("is rolled back and written down", smallInt, sums)

  it.effect("keeps dates, bigints and what is no number over a restart", () =>
    Effect.gen(function*() {
      const out = yield* restarted([[1], [2]], [1], (input) =>
        DStream.scan(input, {
          name: "any",
          state: Schema.Struct({ at: Schema.Date, sum: Schema.BigInt, mean: Schema.Number }),
          initial: { at: new Date(0), sum: 0n, mean: NaN },
          step: ({ at, mean, sum }, n, time) => [{ at: new Date(time), sum: sum + BigInt(n), mean }, [at.getTime(), sum, mean]]
        }))
      assert.deepStrictEqual<unknown>(out.map(({ items }) => items), [[[0, 0n, NaN]], [[1000, 1n, NaN]]])
    }))

  blames("scan", 1, [[1, 2]], (input) =>
    DStream.scan(input, {
      name: "throws",
      state: Schema.Number,
      initial: 0,
      step: (_, n) => {
        if (n === 2) throw boom
        return [n]
      }
    }))
})
