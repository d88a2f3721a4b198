/** The rates of advertisements: against a naive count, and over real servers. */
import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Arbitrary, Effect, Schema } from "effect"
import type { AdEvent } from "../ad-click-rates/AdEvent.ts"
import { clickRates, type Rate } from "../ad-click-rates/rates.ts"

const options = { windowDuration: "3 seconds", slideDuration: "1 second", minImpressions: 2 } as const

const Event = Schema.Struct({
  kind: Schema.Literals(["impression", "impression", "impression", "click"]),
  advertisement: Schema.Literals(["shoes", "tea", "books"]),
  group: Schema.Literals(["students", "parents"])
})

const batchesOf = Arbitrary.array(Arbitrary.array(Arbitrary.schema(Event), { maxLength: 12 }), { minLength: 1, maxLength: 8 })

/** By counting all over again. */
const naive = (events: ReadonlyArray<AdEvent>, until: number): ReadonlyArray<Rate> => {
  const pairs = [...new Set(events.map(({ advertisement, group }) => `${group} ${advertisement}`))]
  return pairs.map((pair) => {
    const [group = "", advertisement = ""] = pair.split(" ")
    const own = events.filter((event) => event.group === group && event.advertisement === advertisement)
    const clicks = own.filter(({ kind }) => kind === "click").length
    const impressions = own.length - clicks
    const rate = clicks === 0 ? 0 : Math.min(1, clicks / Math.max(1, impressions))
    return { advertisement, group, clicks, impressions, rate, until }
  })
}

const naiveBest = (rates: ReadonlyArray<Rate>): ReadonlyArray<Rate> =>
  ["students", "parents"].flatMap((group) =>
    rates.filter((rate) => rate.group === group && rate.impressions >= 2).toSorted((left, right) =>
      right.rate - left.rate || right.impressions - left.impressions || (left.advertisement < right.advertisement ? -1 : 1)
    ).slice(0, 1))

const sorted = (rates: ReadonlyArray<Rate>): ReadonlyArray<string> => rates.map((rate) => JSON.stringify({
  group: rate.group,
  advertisement: rate.advertisement,
  clicks: rate.clicks,
  impressions: rate.impressions,
  rate: rate.rate,
  until: rate.until
})).toSorted()

const check = (
  batches: ReadonlyArray<ReadonlyArray<AdEvent>>,
  legs: ReadonlyArray<number>,
  pick: (streams: ReturnType<typeof clickRates<never, never>>) => ReturnType<typeof clickRates<never, never>>["best"],
  expected: (index: number) => ReadonlyArray<Rate>
) =>
  Effect.map(
    TestPipeline.runInLegs(batches, legs, (input) => pick(clickRates(input, options))),
    (output) => {
      for (const [index, { items }] of output.entries()) assert.deepStrictEqual(sorted(items), sorted(expected(index)))
      assert.lengthOf(output, batches.length)
    }
  )

describe("click rates", () => {
  const window = (batches: ReadonlyArray<ReadonlyArray<AdEvent>>, index: number) =>
    naive(batches.slice(Math.max(0, index - 2), index + 1).flat(), (index + 1) * 1000)

  it.effect.prop("in the window are those of a naive count, whenever the pipeline is stopped and started", [
    batchesOf,
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 })))
  ], ([batches, leg]) => check(batches, [leg], ({ inWindow }) => inWindow, (index) => window(batches, index)), {
    arbitrary: { runs: 30 }
  })

  it.effect.prop("in total are those of a naive count, for every advertisement of the batch", [batchesOf], ([batches]) =>
    check(batches, [2], ({ inTotal }) => inTotal, (index) => {
      const inBatch = new Set(batches[index]?.map(({ advertisement, group }) => group + advertisement))
      return naive(batches.slice(0, index + 1).flat(), (index + 1) * 1000)
        .filter(({ advertisement, group }) => inBatch.has(group + advertisement))
    }), { arbitrary: { runs: 30 } })

  it.effect.prop("name the best advertisement of each group, of those that were shown often enough", [batchesOf], ([batches]) =>
    check(batches, [], ({ best }) => best, (index) => naiveBest(window(batches, index))), { arbitrary: { runs: 30 } })

  it.effect("forget what has left the window", () =>
    Effect.gen(function*() {
      const event = (kind: AdEvent["kind"]): AdEvent => ({ kind, advertisement: "tea", group: "parents" })
      const batches = [[event("impression"), event("impression"), event("click")], [], [], []]
      const output = yield* TestPipeline.run(batches, (input) => DStream.map(clickRates(input, options).best, ({ rate }) => rate))
      assert.deepStrictEqual(output.map(({ items }) => items), [[0.5], [0.5], [0.5], []])
    }))
})
