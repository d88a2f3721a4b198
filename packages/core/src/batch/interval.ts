import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/** Beyond this a timer's 32-bit delay overflows; no pipeline wants batches of three weeks. */
const longestMillis = 2 ** 31 - 1

/**
 * Reads a duration that counts batches: finite, positive, whole milliseconds. The failure says what is wrong with
 * it, for the list of problems of a pipeline.
 */
export const wholeMillis = (input: Duration.Input): Result.Result<number, string> => {
  const duration = Option.getOrUndefined(Duration.fromInput(input))
  if (duration === undefined) return Result.fail(`${show(input)} is not a duration`)
  const millis = Duration.toMillis(duration)
  if (!Number.isFinite(millis)) return Result.fail(`${show(input)} is not a finite duration`)
  if (millis <= 0) return Result.fail(`${show(input)} is not longer than zero`)
  if (!Number.isInteger(millis)) return Result.fail(`${show(input)} is not a whole number of milliseconds`)
  if (millis > longestMillis) return Result.fail(`${show(input)} is longer than ${longestMillis} milliseconds`)
  return Result.succeed(millis)
}

const show = (input: Duration.Input): string => {
  if (typeof input === "string") return JSON.stringify(input.slice(0, 40))
  if (Duration.isDuration(input)) return Duration.format(input)
  return String(input)
}
