import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import * as RateLimit from "../../src/runtime/RateLimit.ts"

const defaults = { batchIntervalMillis: 1000, initialRate: 10_000, maxRate: Infinity, backpressure: true }

const limit = (options: Partial<RateLimit.Options> = {}) => Result.getOrThrow(RateLimit.make({ ...defaults, ...options }))

const batch = (time: number, records: number, processingMillis: number, schedulingMillis = 0) => ({
  time,
  records,
  processingMillis,
  schedulingMillis
})

describe("RateLimit", () => {
  it("starts at the lesser of initialRate and maxRate", () => {
    assert.strictEqual(limit().rate, 10_000)
    assert.strictEqual(limit({ maxRate: 300 }).rate, 300)
    assert.strictEqual(limit({ initialRate: 50 }).rate, 50)
    assert.strictEqual(limit({ initialRate: Infinity }).rate, Infinity)
    assert.strictEqual(limit({ initialRate: Infinity, maxRate: 700 }).rate, 700)
  })

  it("doubles up to maxRate while batches take no time, as under a virtual clock", () => {
    let self = limit({ maxRate: 50_000 })
    const rates = [1, 2, 3, 4].map((time) => {
      self = RateLimit.batchCompleted(self, batch(time, 5, 0))
      return self.rate
    })
    assert.deepStrictEqual(rates, [20_000, 40_000, 50_000, 50_000])
  })

  it("does not double for a batch without records, or one that took longer than its interval", () => {
    const self = limit({ backpressure: false })
    assert.strictEqual(RateLimit.batchCompleted(self, batch(1, 0, 10)).rate, 10_000)
    assert.strictEqual(RateLimit.batchCompleted(self, batch(1, 10, 1001)).rate, 10_000)
    assert.strictEqual(RateLimit.batchCompleted(self, batch(1, 10, 600, 401)).rate, 10_000)
    assert.strictEqual(RateLimit.batchCompleted(self, batch(1, 10, 600, 400)).rate, 20_000)
  })

  it("follows the estimate where that is less, and keeps it over batches that give none", () => {
    let self = limit()
    self = RateLimit.batchCompleted(self, batch(1000, 3000, 1000))
    assert.strictEqual(self.rate, 20_000) // seeded only
    self = RateLimit.batchCompleted(self, batch(2000, 3000, 1000))
    assert.strictEqual(self.rate, 3000)
    self = RateLimit.batchCompleted(self, batch(3000, 0, 0))
    assert.strictEqual(self.rate, 3000)
  })

  it("without backpressure nothing is estimated", () => {
    let self = limit({ backpressure: false })
    for (const time of [1000, 2000, 3000]) self = RateLimit.batchCompleted(self, batch(time, 1, 1000, 5000))
    assert.strictEqual(self.rate, 10_000)
  })

  it("lists everything that is wrong with its options", () => {
    const made = RateLimit.make({ ...defaults, minRate: 0, initialRate: NaN, maxRate: -1 })
    assert(Result.isFailure(made))
    assert.deepStrictEqual(made.failure.problems.map(({ option }) => option), ["minRate", "initialRate", "maxRate"])
    assert(Result.isFailure(RateLimit.make({ ...defaults, initialRate: 0 })))
  })

  const Positive = Schema.Literals(["1", "99", "100", "5000", "1e9", "Infinity"])
  const Sample = Schema.Struct({
    time: Schema.Int,
    records: Schema.Literals([0, 1, 1000, 1e6, 1e308]),
    processingMillis: Schema.Literals([0, 1, 999, 1001, 1e9]),
    schedulingMillis: Schema.Literals([0, 1, 500, 1e9])
  })
  it.prop("the rate is positive, at most maxRate, and at least 100 or where it started if that is less", [
    Arbitrary.schema(Schema.Tuple([Positive, Positive])),
    Arbitrary.array(Arbitrary.schema(Sample), { maxLength: 20 })
  ], ([start, samples]) => {
    const [initialRate, maxRate] = [Number(start[0]), Number(start[1])]
    let self = limit({ initialRate, maxRate })
    return samples.every((sample) => {
      self = RateLimit.batchCompleted(self, sample)
      return self.rate <= maxRate && self.rate >= Math.min(100, initialRate, maxRate)
    })
  })
})
