import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Option, Random, Result, Schema } from "effect"
import * as Effect from "effect/Effect"
import * as RateEstimator from "../../src/runtime/RateEstimator.ts"

const gains = (batchIntervalMillis: number, proportional: number, integral: number, derivative: number, minRate: number) => ({
  batchIntervalMillis,
  proportional,
  integral,
  derivative,
  minRate
})

const estimator = (options: RateEstimator.Options) => Result.getOrThrow(RateEstimator.make(options))

/** The estimates, one per sample, of samples given as [time, records, processing, scheduling]. */
const estimates = (
  options: RateEstimator.Options,
  samples: ReadonlyArray<readonly [time: number, records: number, processing: number, scheduling: number]>
) => {
  let state = estimator(options)
  return samples.map(([time, records, processingMillis, schedulingMillis]) => {
    const updated = RateEstimator.update(state, { time, records, processingMillis, schedulingMillis })
    state = updated.state
    return Option.getOrUndefined(updated.rate)
  })
}

const plain = gains(20, 1, 0, 0, 10)

describe("Spark's cases", () => {
  it("has Spark's defaults", () => {
    assert.deepStrictEqual(estimator({ batchIntervalMillis: 20 }).settings, gains(20, 1, 0.2, 0, 100))
  })

  it.each([
    [gains(0, 1, 2, 3, 10), ["batchIntervalMillis"]],
    [gains(100, -1, 2, 3, 10), ["proportional"]],
    [gains(100, 0, -1, 3, 10), ["integral"]],
    [gains(100, 0, 0, -1, 10), ["derivative"]],
    [gains(100, 0, 0, 0, 0), ["minRate"]],
    [gains(100, 0, 0, 0, -10), ["minRate"]],
    [gains(NaN, Infinity, NaN, Infinity, Infinity), [
      "batchIntervalMillis",
      "proportional",
      "integral",
      "derivative",
      "minRate"
    ]]
  ])("estimator checks ranges %#", (options, wrong) => {
    const made = RateEstimator.make(options)
    assert(Result.isFailure(made))
    assert.deepStrictEqual(made.failure.problems.map(({ option }) => option), wrong)
    assert.isFalse(made.failure.isRetryable)
  })

  it("says what is wrong with its options", () => {
    const made = RateEstimator.make(gains(0, -1, 0, 0, 10))
    assert(Result.isFailure(made))
    assert.strictEqual(
      made.failure.message,
      "These rate options cannot be used: batchIntervalMillis must be a finite number greater than 0 and is 0; " +
        "proportional must be a finite number, at least 0 and is -1"
    )
  })

  it("first estimate is None", () => {
    assert.deepStrictEqual(estimates(plain, [[0, 10, 10, 0]]), [undefined])
  })

  it("second estimate is not None", () => {
    // 10 records in 10 ms are 1000 per second, twice: error 0
    assert.deepStrictEqual(estimates(plain, [[0, 10, 10, 0], [10, 10, 10, 0]]), [undefined, 1000])
  })

  it("no estimate when no time difference between successive calls", () => {
    const samples = [[0, 10, 10, 0], [10, 10, 10, 0], [10, 10, 10, 0], [9, 10, 10, 0]] as const
    assert.deepStrictEqual(estimates(plain, samples), [undefined, 1000, undefined, undefined])
  })

  it("no estimate when no records in previous batch", () => {
    assert.deepStrictEqual(estimates(plain, [[0, 10, 10, 0], [10, 0, 10, 0]]), [undefined, undefined])
  })

  it("no estimate when there is no processing delay", () => {
    assert.deepStrictEqual(estimates(plain, [[0, 10, 10, 0], [10, 10, 0, 0]]), [undefined, undefined])
  })

  it("estimate is never less than min rate", () => {
    // 1 record in 20 ms and 100 ms behind, every 20 ms: 50 - 0 - 1 * (100 * 50 / 20) is far below 5
    const samples = Array.from({ length: 50 }, (_, i) => [i * 20, 1, 20, 100] as const)
    const found = estimates(gains(20, 1, 1, 0, 5), samples)
    assert.deepStrictEqual(found, [undefined, ...Array.from({ length: 49 }, () => 5)])
  })

  it("with no accumulated or positive error, |I| > 0, follow the processing speed", () => {
    const samples = Array.from({ length: 50 }, (_, i) => [i * 20, (i + 1) * 20, 20, 0] as const)
    const speeds = samples.map(([, records]) => records * 50)
    assert.deepStrictEqual(estimates(gains(20, 1, 1, 0, 10), samples), [undefined, ...speeds.slice(1)])
  })

  it("with no accumulated but some positive error, |I| > 0, follow the processing speed", () => {
    const samples = Array.from({ length: 50 }, (_, i) => [i * 20, (50 - i) * 20, 20, 0] as const)
    const speeds = samples.map(([, records]) => records * 50)
    assert.deepStrictEqual(estimates(gains(20, 1, 1, 0, 10), samples), [undefined, ...speeds.slice(1)])
  })

  it.effect("with some accumulated and some positive error, |I| > 0, stay below the processing speed", () =>
    Effect.gen(function*() {
      const samples: Array<readonly [number, number, number, number]> = []
      for (let i = 0; i < 50; i++) {
        const records = yield* Random.nextIntBetween(1000, 2000)
        const scheduling = yield* Random.nextIntBetween(1, 20)
        samples.push([i * 20, records, 20, scheduling])
      }
      const [first, ...rest] = estimates(gains(20, 1, 0.01, 0, 10), samples)
      assert.isUndefined(first)
      rest.forEach((rate, i) => {
        const speed = samples[i + 1]![1] * 50
        // what P = 1 leaves: the speed less a hundredth of the backlog
        assert.approximately(rate!, speed - 0.01 * samples[i + 1]![3] * speed / 20, 1e-6)
        assert.isBelow(rate!, speed)
        assert.isAbove(rate!, 0)
      })
    }).pipe(Random.withSeed("backlog")))
})

describe("the formula", () => {
  it("counts the change of the error over the seconds between samples", () => {
    // seeds 1000/s; then 2000/s: error -1000, change (-1000 - 0) / 0.5 s = -2000; 1000 + 500 + 0.1 * 2000
    // then 500/s: error 1700 - 500 = 1200, change (1200 + 1000) / 1 s = 2200; backlog 40 * 500 / 100 = 200
    const found = estimates(gains(100, 0.5, 0.25, 0.1, 10), [[0, 10, 10, 0], [500, 20, 10, 0], [1500, 5, 10, 40]])
    assert.deepStrictEqual(found, [undefined, 1700, 1700 - 0.5 * 1200 - 0.25 * 200 - 0.1 * 2200])
  })

  it("an invalid sample leaves the state as it was", () => {
    const state = RateEstimator.update(estimator(plain), { time: 0, records: 10, processingMillis: 10, schedulingMillis: 0 }).state
    const sample = { time: 10, records: 10, processingMillis: 10, schedulingMillis: 0 }
    for (
      const wrong of [{ time: NaN }, { time: Infinity }, { records: NaN }, { records: Infinity }, { processingMillis: NaN }, {
        processingMillis: Number.MIN_VALUE
      }, { schedulingMillis: NaN }, { schedulingMillis: -Infinity }]
    ) {
      assert.deepStrictEqual(RateEstimator.update(state, { ...sample, ...wrong }), { state, rate: Option.none() })
    }
  })
})

const wild = [0, -1, 1, 0.5, 20, 1000, 1e9, 1e308, -1e308, 5e-324, NaN, Infinity, -Infinity]
const Wild = Schema.Union([Schema.Finite, Schema.Literals(wild.map(String))])
const Sample = Schema.Struct({ time: Wild, records: Wild, processingMillis: Wild, schedulingMillis: Wild })

describe("laws", () => {
  it.prop("whatever comes, an estimate is finite and not below the least rate", [
    Arbitrary.array(Arbitrary.schema(Sample), { maxLength: 30 })
  ], ([samples]) => {
    let state = estimator(gains(1000, 1, 0.2, 0.1, 7))
    for (const sample of samples) {
      const { processingMillis, records, schedulingMillis, time } = sample
      const updated = RateEstimator.update(state, {
        time: Number(time),
        records: Number(records),
        processingMillis: Number(processingMillis),
        schedulingMillis: Number(schedulingMillis)
      })
      state = updated.state
      const rate = Option.getOrElse(updated.rate, () => 7)
      if (!Number.isFinite(rate) || rate < 7) return false
      if (state.last !== undefined && !Object.values(state.last).every(Number.isFinite)) return false
    }
    return true
  })

  it.prop("after a step of the load the backlog is gone and the rate is right within 20 batches", [
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 2_000, maximum: 9_000 }))),
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 2_000, maximum: 9_000 })))
  ], ([before, after]) => {
    let state = estimator({ batchIntervalMillis: 1000 })
    let rate = before
    let behindMillis = 0
    for (let batch = 1; batch <= 25; batch++) {
      const capacity = batch <= 5 ? before : after
      const processingMillis = rate / capacity * 1000
      const updated = RateEstimator.update(state, {
        time: batch * 1000 + behindMillis + processingMillis,
        records: rate,
        processingMillis,
        schedulingMillis: behindMillis
      })
      behindMillis = Math.max(0, behindMillis + processingMillis - 1000)
      state = updated.state
      rate = Option.getOrElse(updated.rate, () => rate)
    }
    // each batch takes a fifth off the backlog: after 20 batches 0.8 ** 19 of it is left, less than 2 %
    return behindMillis <= 0.02 * Math.max(0, before / after * 1000 - 1000) + 1e-6 && Math.abs(rate - after) <= 0.02 * after
  })
})
