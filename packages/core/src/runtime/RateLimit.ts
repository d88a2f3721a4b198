/**
 * How many records per second one receiver may hand over, from batch to batch.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as RateEstimator from "./RateEstimator.ts"

export interface Options extends RateEstimator.Options {
  /** Records per second before anything was measured; more than 0. `Infinity`: no slow start. */
  readonly initialRate: number
  /** Records per second that are never exceeded; more than 0. `Infinity`: no limit. */
  readonly maxRate: number
  /** Whether the rate follows the measured processing time. */
  readonly backpressure: boolean
}

/**
 * The limit between two batches. `rate` is the least of three: `maxRate`, the ceiling of the slow start, and the newest
 * estimate, if there is one. The estimate is never below `minRate`, so only a smaller `maxRate` or `initialRate` makes
 * the rate smaller than that.
 */
export interface RateLimit {
  /** Records per second. `Infinity`: no limit. */
  readonly rate: number
  readonly maxRate: number
  readonly ceiling: number
  readonly batchIntervalMillis: number
  readonly estimator: RateEstimator.RateEstimator | undefined
  readonly estimate: number | undefined
}

/** A limit that starts at the lesser of `initialRate` and `maxRate`. The failure lists every option out of range. */
export const make = (options: Options): Result.Result<RateLimit, RateEstimator.InvalidRateOptions> => {
  const { backpressure, batchIntervalMillis, initialRate, maxRate } = options
  const estimator = RateEstimator.make(options)
  const problems = Object.entries({ initialRate, maxRate })
    .filter(([, value]) => !(value > 0))
    .map(([option, value]) => ({ option, value, expected: "greater than 0" }))
  if (Result.isFailure(estimator)) {
    return Result.fail(new RateEstimator.InvalidRateOptions({ problems: [...estimator.failure.problems, ...problems] }))
  }
  if (problems.length > 0) return Result.fail(new RateEstimator.InvalidRateOptions({ problems }))
  const ceiling = Math.min(initialRate, maxRate)
  return Result.succeed({
    rate: ceiling,
    maxRate,
    ceiling,
    batchIntervalMillis,
    estimator: backpressure ? estimator.success : undefined,
    estimate: undefined
  })
}

/**
 * The limit after a completed batch, of which the sample counts this receiver's records. The ceiling doubles, up to
 * `maxRate`, when the batch had records and was done within its interval (waiting and processing together). A batch
 * that took no measurable time, as under a virtual clock, gives no estimate: then the slow start alone raises the rate.
 */
export const batchCompleted = (self: RateLimit, sample: RateEstimator.Sample): RateLimit => {
  const inTime = sample.schedulingMillis + sample.processingMillis <= self.batchIntervalMillis
  const ceiling = sample.records > 0 && inTime ? Math.min(self.maxRate, self.ceiling * 2) : self.ceiling
  const updated = self.estimator === undefined ? undefined : RateEstimator.update(self.estimator, sample)
  const estimate = updated === undefined ? undefined : Option.getOrElse(updated.rate, () => self.estimate)
  return {
    ...self,
    rate: Math.min(self.maxRate, ceiling, estimate ?? Infinity),
    ceiling,
    estimator: updated?.state,
    estimate
  }
}
