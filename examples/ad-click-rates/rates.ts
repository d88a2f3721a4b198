/** Click-through rates: pure, and the same over Kafka as in a test. */
import { DStream } from "@millrace/core"
import { type Duration, Schema } from "effect"
import type { AdEvent } from "./AdEvent.ts"

const Tally = Schema.Struct({ impressions: Schema.Int, clicks: Schema.Int })

type Tally = typeof Tally.Type

/** How an advertisement does with a group. `until` is the time of the batch that says so, in milliseconds. */
export interface Rate extends Tally {
  readonly advertisement: string
  readonly group: string
  /** Clicks per impression. */
  readonly rate: number
  readonly until: number
}

export interface Options {
  readonly windowDuration: Duration.Input
  readonly slideDuration: Duration.Input
  /** An advertisement that was shown less often in the window is not the best one yet. */
  readonly minImpressions: number
}

const shown: Tally = { impressions: 1, clicks: 0 }
const clicked: Tally = { impressions: 0, clicks: 1 }

const add = (left: Tally, right: Tally): Tally => ({
  impressions: left.impressions + right.impressions,
  clicks: left.clicks + right.clicks
})

const subtract = (total: Tally, left: Tally): Tally => ({
  impressions: total.impressions - left.impressions,
  clicks: total.clicks - left.clicks
})

/** A line feed is in neither name. */
const keyOf = ({ advertisement, group }: AdEvent): string => `${group}\n${advertisement}`

/** A click can come in the window after its impression was shown before: the rate is 1 then, and not more. */
const rateOf = ({ clicks, impressions }: Tally): number => clicks === 0 ? 0 : Math.min(1, clicks / Math.max(1, impressions))

const rates = (counts: ReadonlyArray<readonly [key: string, tally: Tally]>, until: number): ReadonlyArray<Rate> =>
  counts.map(([key, tally]) => {
    const [group = "", advertisement = ""] = key.split("\n")
    return { advertisement, group, ...tally, rate: rateOf(tally), until }
  })

/** The greater rate; of equal ones that of more impressions, and then the first name. */
const better = (left: Rate, right: Rate): Rate => {
  const difference = right.rate - left.rate || right.impressions - left.impressions
  return difference > 0 || (difference === 0 && right.advertisement < left.advertisement) ? right : left
}

const bestOf = (all: ReadonlyArray<Rate>, minImpressions: number): ReadonlyArray<Rate> => {
  const best = new Map<string, Rate>()
  for (const rate of all) {
    if (rate.impressions < minImpressions) continue
    const other = best.get(rate.group)
    best.set(rate.group, other === undefined ? rate : better(other, rate))
  }
  return [...best.values()]
}

/** The streams of the three tables. */
export const clickRates = <E, R>(events: DStream.DStream<AdEvent, E, R>, options: Options) => {
  const counts = events.pipe(
    DStream.keyBy(keyOf),
    DStream.mapValues(({ kind }) => kind === "click" ? clicked : shown),
    DStream.reduceByKey(add)
  )
  const inTotal = counts.pipe(
    DStream.runningReduceByKey({ name: "rates in total", state: Tally, reduce: add }),
    DStream.transform((items, time) => rates(items, time))
  )
  const inWindow = counts.pipe(
    DStream.reduceByKeyAndWindow({
      name: "rates in the window",
      windowDuration: options.windowDuration,
      slideDuration: options.slideDuration,
      value: Tally,
      reduce: add,
      inverse: subtract
    }),
    DStream.transform((items, time) => rates(items, time))
  )
  const best = DStream.mapBatch(inWindow, (all) => bestOf(all, options.minImpressions))
  return { best, inTotal, inWindow }
}
