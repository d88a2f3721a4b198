/** Options to settings: defaults filled in, units converted, and what is wrong with them. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { wholeMillis } from "../batch/interval.ts"
import type { Pipeline } from "../dstream/Pipeline.ts"
import type { Problem } from "./InvalidPipeline.ts"
import type { Settings } from "./Settings.ts"

const defaults = {
  bufferRecords: 1_000_000,
  maxRate: Infinity,
  backpressure: true,
  outputConcurrency: 1,
  drainTimeout: "20 seconds",
  remember: 0,
  freezeBatches: false,
  commitDepth: 4,
  commitTimeout: "30 seconds",
  outbox: "auto",
  snapshotAfterBytes: 64 * 1024 * 1024,
  takeover: false
} as const

/** Where there are problems the settings are not to be used. */
export const resolve = (
  { batchInterval, options }: Pipeline<unknown, unknown>
): { readonly settings: Settings; readonly problems: ReadonlyArray<Problem> } => {
  const problems: Array<Problem> = []
  const checked = <A>(setting: string, result: Result.Result<A, string>, instead: A): A => {
    if (Result.isSuccess(result)) return result.success
    problems.push({ _tag: "BadSetting", setting, receiver: undefined, problem: result.failure })
    return instead
  }
  const positive = (setting: string, value: number | undefined, instead: number) =>
    checked(setting, positiveNumber(value ?? instead), instead)
  const settings: Settings = {
    batchIntervalMillis: checked("batchInterval", wholeMillis(batchInterval), 1),
    bufferRecords: positive("buffer.records", options.buffer?.records, defaults.bufferRecords),
    bufferBytes: options.buffer?.bytes === undefined ? undefined : positive("buffer.bytes", options.buffer.bytes, 1),
    initialRate: options.initialRate === undefined ? undefined : positive("initialRate", options.initialRate, 1),
    maxRate: positive("maxRate", options.maxRate, defaults.maxRate),
    backpressure: options.backpressure ?? defaults.backpressure,
    restart: options.restart,
    retry: options.retry,
    outputConcurrency: checked(
      "outputConcurrency",
      concurrency(options.outputConcurrency ?? defaults.outputConcurrency),
      1
    ),
    drainTimeoutMillis: checked("drainTimeout", timeout(options.drainTimeout ?? defaults.drainTimeout), 0),
    rememberMillis: checked("remember", memory(options.remember ?? defaults.remember), 0),
    batchDeadlineMillis: options.batchDeadline === undefined
      ? undefined
      : checked("batchDeadline", wholeMillis(options.batchDeadline), 1),
    freezeBatches: options.freezeBatches ?? defaults.freezeBatches,
    commitDepth: checked("commitDepth", wholeNumber(options.commitDepth ?? defaults.commitDepth), 1),
    commitTimeoutMillis: checked("commitTimeout", timeout(options.commitTimeout ?? defaults.commitTimeout), 0),
    outbox: options.outbox ?? defaults.outbox,
    snapshotAfterBytes: positive("snapshotAfterBytes", options.snapshotAfterBytes, defaults.snapshotAfterBytes),
    takeover: options.takeover ?? defaults.takeover,
    drop: options.drop ?? [],
    rename: options.rename ?? {},
    guarantee: options.guarantee,
    backend: options.backend
  }
  return { settings, problems }
}

/** More than nothing; `Infinity` is no limit. */
export const positiveNumber = (value: unknown): Result.Result<number, string> =>
  typeof value === "number" && value > 0
    ? Result.succeed(value)
    : Result.fail(`${show(value)} is not a number greater than zero`)

const isPositiveWhole = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0

const wholeNumber = (value: unknown): Result.Result<number, string> =>
  isPositiveWhole(value)
    ? Result.succeed(value)
    : Result.fail(`${show(value)} is not a positive whole number`)

export const concurrency = (value: unknown): Result.Result<number, string> =>
  value === Infinity || isPositiveWhole(value)
    ? Result.succeed(value)
    : Result.fail(`${show(value)} is neither a positive whole number nor Infinity`)

/** `Duration` reads negative numbers and `NaN` as zero; here they are mistakes. Zero and `Infinity` are not. */
const timeout = (input: Duration.Input): Result.Result<number, string> => {
  if (typeof input === "number" && !(input >= 0)) return Result.fail(`${show(input)} is not a duration`)
  return Option.match(Duration.fromInput(input), {
    onNone: () => Result.fail(`${show(input)} is not a duration`),
    onSome: (duration) =>
      Duration.isNegative(duration)
        ? Result.fail(`${show(input)} is less than nothing`)
        : Result.succeed(Duration.toMillis(duration))
  })
}

/** A timeout that ends: what is remembered for ever fills every memory. */
const memory = (input: Duration.Input): Result.Result<number, string> =>
  Result.flatMap(timeout(input), (millis) => millis === Infinity ? Result.fail("has no end") : Result.succeed(millis))

const show = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.slice(0, 40))
    case "number":
    case "bigint":
    case "boolean":
    case "undefined":
      return String(value)
    default:
      return value === null ? "null" : `a ${typeof value}`
  }
}
