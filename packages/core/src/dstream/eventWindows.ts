/** What all windows of event time are made of. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import { EventCells } from "../kernel/EventCells.ts"
import type { EventCombine } from "../kernel/EventCombine.ts"
import { EventWindows, type Placement } from "../kernel/EventWindows.ts"
import { Watermark } from "../kernel/Watermark.ts"
import { eventTimeOf, eventWindowed, type EventWindowOptions, type Timestamped } from "./EventTime.ts"
import { codecOf, type JsonCodec } from "./jsonCodec.ts"
import { atLeastOne, boundProblems, defaultMaxKeys } from "./KeyedOptions.ts"
import { type OptionProblem, remember } from "./Node.ts"

/** Options whose types were checked when the operator was called. */
export type AnyEventWindowOptions =
  & Omit<EventWindowOptions<unknown>, "key" | "windowDuration" | "slideDuration" | "sessionGap">
  & {
    readonly key?: Schema.Codec<unknown, unknown> | undefined
    readonly windowDuration?: Duration.Input | undefined
    readonly slideDuration?: Duration.Input | undefined
    readonly sessionGap?: Duration.Input | undefined
  }

const defaultMaxFutureSkew = "1 day"
const defaultMaxWindows = 10_000_000

/** A record that belongs to more windows is a mistake in a unit: its key would have each of them open. */
const mostWindowsPerRecord = 10_000

export const eventWindows = (
  self: Timestamped<unknown, unknown, unknown>,
  op: string,
  options: AnyEventWindowOptions,
  combine: EventCombine,
  { state, value = codecOf(state) }: { readonly state: Schema.Codec<unknown, unknown>; readonly value?: JsonCodec | undefined }
) => {
  const { name } = options
  const { problems, settings } = read(self, options)
  const { idleMillis, latenessMillis, outOfOrdernessMillis, placement } = settings
  const { source, timestamp } = eventTimeOf(self)
  const key = options.key === undefined ? undefined : codecOf(options.key)
  return eventWindowed(remember(self, {
    op,
    name,
    keyed: true,
    keepsKeys: true,
    problems,
    remembered: { state, key: options.key, parameters: parametersOf(settings.placement) },
    make: ({ encode }) => {
      const encoded = encode !== undefined
      const maxWindows = options.maxWindows ?? defaultMaxWindows
      const maxKeys = options.maxKeys ?? defaultMaxKeys
      return new EventWindows(
        {
          operator: name,
          clock: { timestamp, source, futureMillis: settings.futureMillis },
          combine,
          placement,
          latenessMillis
        },
        new Watermark({ outOfOrdernessMillis, idleMillis }),
        new EventCells({ operator: name, value, key, encoded, maxWindows, maxKeys })
      )
    }
  }))
}

/** Lateness and watermarks may change: a window that is open goes by what is asked for now. */
const parametersOf = (placement: Placement): Record<string, number> =>
  placement._tag === "Session"
    ? { sessionGapMillis: placement.gapMillis }
    : { windowMillis: placement.windowMillis, slideMillis: placement.slideMillis }

/** Where there are problems the settings are not to be used. */
const read = (self: Timestamped<unknown, unknown, unknown>, options: AnyEventWindowOptions) => {
  const time = eventTimeOf(self)
  const problems: Array<OptionProblem> = [
    ...atLeastOne("maxWindows", options.maxWindows),
    ...boundProblems(options)
  ]
  const millis = (option: string, input: Duration.Input, least: number): number => {
    const result = wholeMillis(input, least)
    if (Result.isSuccess(result)) return result.success
    problems.push({ option, problem: result.failure })
    return 1
  }
  const futureMillis = isForEver(time.maxFutureSkew)
    ? Infinity
    : millis("maxFutureSkew", time.maxFutureSkew ?? defaultMaxFutureSkew, 0)
  const settings = {
    placement: placementOf(options, millis, problems),
    futureMillis,
    latenessMillis: millis("allowedLateness", options.allowedLateness ?? 0, 0),
    outOfOrdernessMillis: millis("outOfOrderness", time.outOfOrderness, 0),
    idleMillis: time.idleAfter === undefined ? undefined : millis("idleAfter", time.idleAfter, 1)
  }
  return { settings, problems }
}

const placementOf = (
  { sessionGap, slideDuration, windowDuration }: AnyEventWindowOptions,
  millis: (option: string, input: Duration.Input, least: number) => number,
  problems: Array<OptionProblem>
): Placement => {
  if (sessionGap !== undefined) return { _tag: "Session", gapMillis: millis("sessionGap", sessionGap, 1) }
  const windowMillis = millis("windowDuration", windowDuration ?? 0, 1)
  const slideMillis = slideDuration === undefined ? windowMillis : millis("slideDuration", slideDuration, 1)
  if (windowMillis / slideMillis > mostWindowsPerRecord) {
    problems.push({
      option: "slideDuration",
      problem: `a record would be in more than ${mostWindowsPerRecord} windows`
    })
  }
  return { _tag: "Fixed", windowMillis, slideMillis }
}

const isForEver = (input: Duration.Input | undefined): boolean =>
  input !== undefined &&
  Option.exists(Duration.fromInput(input), (duration) => Duration.toMillis(duration) === Infinity)

/** Unlike a batch interval, a time between records may be zero, and as long as a timer cannot be set for. */
const wholeMillis = (input: Duration.Input, least: number): Result.Result<number, string> => {
  // `Duration` reads negative numbers and `NaN` as zero; here they are mistakes.
  const isNumber = typeof input !== "number" || input >= 0
  const duration = isNumber ? Option.getOrUndefined(Duration.fromInput(input)) : undefined
  const value = duration === undefined ? NaN : Duration.toMillis(duration)
  return Number.isSafeInteger(value) && value >= least
    ? Result.succeed(value)
    : Result.fail(`not a whole number of milliseconds, ${least} or more`)
}
