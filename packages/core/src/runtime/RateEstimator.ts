/**
 * How many records per second a pipeline could take, estimated from what its batches cost: the PID controller of
 * Spark Streaming (`PIDRateEstimator`) with its formula and defaults, as a pure value.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/**
 * The gains of the controller and its lower bound.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** Milliseconds between batches; more than 0. */
  readonly batchIntervalMillis: number
  /** How strongly the difference between the last rate and the measured speed counts; at least 0. Defaults to 1. */
  readonly proportional?: number | undefined
  /** How strongly the backlog (the scheduling delay) counts; at least 0. Defaults to 0.2. */
  readonly integral?: number | undefined
  /** How strongly the change of the difference counts; at least 0. Defaults to 0. */
  readonly derivative?: number | undefined
  /** Records per second below which no estimate falls; more than 0. Defaults to 100. */
  readonly minRate?: number | undefined
}

/**
 * What one completed batch showed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sample {
  /** When processing ended, in milliseconds since the epoch. */
  readonly time: number
  /** How many records the receiver had in the batch. */
  readonly records: number
  /** How long the batch was processed. */
  readonly processingMillis: number
  /** How long the batch waited before it was processed. */
  readonly schedulingMillis: number
}

/**
 * The controller between two batches: its settings, and what it remembers of the last batch it counted.
 *
 * @category models
 * @since 0.1.0
 */
export interface RateEstimator {
  readonly settings: { readonly [K in keyof Options]-?: number }
  /** `undefined` until a first sample has counted. */
  readonly last: { readonly time: number; readonly rate: number; readonly error: number } | undefined
}

/**
 * What is wrong with the options of an estimator or of a rate limit: everything at once.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRateOptions extends Data.TaggedError("InvalidRateOptions")<{
  readonly problems: ReadonlyArray<{ readonly option: string; readonly value: number; readonly expected: string }>
}> {
  readonly isRetryable = false

  override get message(): string {
    const problems = this.problems.map(({ expected, option, value }) => `${option} must be ${expected} and is ${value}`)
    return `These rate options cannot be used: ${problems.join("; ")}`
  }
}

const problemsOf = (settings: RateEstimator["settings"]): InvalidRateOptions["problems"] => {
  const positive = (option: keyof Options) =>
    Number.isFinite(settings[option]) && settings[option] > 0
      ? []
      : [{ option, value: settings[option], expected: "a finite number greater than 0" }]
  const notNegative = (option: keyof Options) =>
    Number.isFinite(settings[option]) && settings[option] >= 0
      ? []
      : [{ option, value: settings[option], expected: "a finite number, at least 0" }]
  return [
    ...positive("batchIntervalMillis"),
    ...notNegative("proportional"),
    ...notNegative("integral"),
    ...notNegative("derivative"),
    ...positive("minRate")
  ]
}

/**
 * An estimator that has seen nothing yet. The failure lists every option that is out of its range.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options): Result.Result<RateEstimator, InvalidRateOptions> => {
  const settings = {
    batchIntervalMillis: options.batchIntervalMillis,
    proportional: options.proportional ?? 1,
    integral: options.integral ?? 0.2,
    derivative: options.derivative ?? 0,
    minRate: options.minRate ?? 100
  }
  const problems = problemsOf(settings)
  return problems.length === 0
    ? Result.succeed({ settings, last: undefined })
    : Result.fail(new InvalidRateOptions({ problems }))
}

/**
 * Counts one completed batch and gives the new estimate in records per second.
 *
 * A sample counts when its time is later than that of the last one that counted (or later than -1 for the first) and
 * it had records and took time; any other changes nothing and gives none, and neither does one that is not made of
 * finite numbers or whose rate would not be finite. The first that counts only seeds the controller.
 *
 * With `speed = records / processingMillis * 1000`, `error = lastRate - speed`,
 * `backlog = schedulingMillis * speed / batchIntervalMillis` and
 * `change = (error - lastError) / seconds since the last sample` the estimate is
 * `max(minRate, lastRate - proportional * error - integral * backlog - derivative * change)`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const update = (
  self: RateEstimator,
  sample: Sample
): { readonly state: RateEstimator; readonly rate: Option.Option<number> } => {
  const { last, settings } = self
  const speed = sample.records / sample.processingMillis * 1000
  const counts = sample.time > (last?.time ?? -1) && sample.records > 0 && sample.processingMillis > 0 &&
    Number.isFinite(sample.time) && Number.isFinite(speed) && Number.isFinite(sample.schedulingMillis)
  if (!counts) return { state: self, rate: Option.none() }
  if (last === undefined) {
    return { state: { settings, last: { time: sample.time, rate: speed, error: 0 } }, rate: Option.none() }
  }
  const error = last.rate - speed
  const backlog = sample.schedulingMillis * speed / settings.batchIntervalMillis
  const change = (error - last.error) / ((sample.time - last.time) / 1000)
  const rate = Math.max(
    settings.minRate,
    last.rate - settings.proportional * error - settings.integral * backlog - settings.derivative * change
  )
  if (!Number.isFinite(rate)) return { state: self, rate: Option.none() }
  return { state: { settings, last: { time: sample.time, rate, error } }, rate: Option.some(rate) }
}
