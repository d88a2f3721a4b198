import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { shareOut } from "../../src/kafka/shareOut.ts"

/** Spark's words, in whole numbers: a part of the rate by lag, at most `most`, at least 1, and never more than there is. */
const oracle = (lags: ReadonlyArray<number>, rate: number, most: number): ReadonlyArray<number> => {
  const total = lags.reduce((sum, lag) => sum + BigInt(lag), 0n)
  return lags.map((lag) => {
    const part = BigInt(rate) >= total ? BigInt(lag) : BigInt(lag) * BigInt(rate) / total
    const limited = part < BigInt(most) ? part : BigInt(most)
    const least = limited < 1n ? 1n : limited
    return Number(least < BigInt(lag) ? least : BigInt(lag))
  })
}

const lags = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))), { maxLength: 40 })
const count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_000_000 }))

describe("shareOut", () => {
  it.effect.prop("is what Spark's direct stream takes", { lags, rate: count, most: count }, ({ lags, most, rate }) =>
    Effect.sync(() => {
      const found = shareOut(lags, { maxRecords: rate, maxPerPartition: most })
      // Floats may round a part down by one.
      oracle(lags, rate, most).forEach((expected, index) => assert.isAtMost(Math.abs(expected - (found[index] ?? -1)), 1))
      found.forEach((share, index) => {
        const lag = lags[index] ?? 0
        assert.isTrue(Number.isInteger(share) && share <= lag && (lag === 0 || share >= 1))
        assert.isTrue(share <= Math.max(1, most))
      })
      const sum = found.reduce((sum, share) => sum + share, 0)
      assert.isAtMost(sum, rate + lags.filter((lag) => lag > 0).length)
    }), { arbitrary: { runs: 300 } })

  it("takes everything where there is no limit", () => {
    assert.deepStrictEqual(shareOut([5, 0, 7], { maxRecords: Infinity, maxPerPartition: Infinity }), [5, 0, 7])
    assert.deepStrictEqual(shareOut([], { maxRecords: 1, maxPerPartition: 1 }), [])
    assert.deepStrictEqual(shareOut([0, 0], { maxRecords: 0, maxPerPartition: 1 }), [0, 0])
    assert.deepStrictEqual(shareOut([10, 10], { maxRecords: 0, maxPerPartition: 0.001 }), [1, 1])
  })
})
