/** The rates of advertisements: against a naive count, and over real servers. */
import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import * as Postgres from "@millrace/sinks/Postgres"
import { kafka, postgres } from "@millrace/tool-services"
import { Admin, ProduceAcks, Producer, stringSerializers } from "@platformatic/kafka"
import { Arbitrary, Effect, Fiber, Random, Redacted, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { main } from "../ad-click-rates/command.ts"
import type { AdEvent } from "../ad-click-rates/AdEvent.ts"
import { events } from "../ad-click-rates/events.ts"
import { clickRates, type Rate } from "../ad-click-rates/rates.ts"
import { best } from "../ad-click-rates/tables.ts"
import { run, start } from "./program.ts"

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

describe("the command line of ad-click-rates.ts", () => {
  const refused = [
    { args: ["--window", "banana"], said: "a duration such as" },
    { args: ["--schema", "Robert'); drop"], said: "a name of small letters" },
    { args: ["--min-impressions", "0"], said: "a whole number from 1" },
    { args: ["--nope"], said: "--nope" }
  ]
  for (const { args, said } of refused) {
    it.live(`refuses ${args.join(" ")} on one line`, () =>
      Effect.gen(function*() {
        const { message } = yield* Effect.flip(main(args))
        assert.include(message, said)
        assert.notInclude(message, "\n")
      }))
  }
})

const brokers = await kafka()
const database = await postgres()

describe.skipIf(brokers === undefined || database === undefined)("ad-click-rates.ts over Kafka and PostgreSQL", () => {
  const impressions = 3000
  const suffix = randomUUID().slice(0, 8)
  const [topic, schema] = [`ad-events-${suffix}`, `ads_${suffix}`]
  const at = brokers?.url ?? ""
  const url = database?.url ?? ""
  const clients = { clientId: "test", bootstrapBrokers: [at] }

  const cleaned = Effect.acquireRelease(Effect.void, () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* Effect.ignore(sql`drop schema if exists ${sql(schema)} cascade`)
      const admin = new Admin(clients)
      yield* Effect.ignore(Effect.tryPromise(() => admin.deleteTopics({ topics: [topic] })))
      yield* Effect.promise(() => admin.close())
    }))

  /** What nobody meant to send. */
  const sendNonsense = Effect.promise(async () => {
    const producer = new Producer({ ...clients, serializers: stringSerializers })
    const values = ["secret{", JSON.stringify({ kind: "impression", advertisement: 7, group: "students" })]
    await producer.send({ acks: ProduceAcks.ALL, messages: values.map((value) => ({ topic, value })) })
    await producer.close()
  })

  const totals = Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    return yield* sql<Omit<Rate, "until">>`
      select user_group as group, advertisement, impressions::int, clicks::int, rate from ${sql(schema)}.rates_in_total`
  })

  const totalImpressions = Effect.catch(
    Effect.map(totals, (rates) => rates.reduce((sum, rate) => sum + rate.impressions, 0)),
    () => Effect.succeed(0) // the job has made no table yet
  )

  const until = (least: number) =>
    Effect.repeat(totalImpressions, { until: (sum) => sum >= least, schedule: Schedule.spaced("50 millis") })

  it.live("counts every event once, though it is killed in between, and names the best advertisement of a group", () =>
    Effect.gen(function*() {
      yield* cleaned
      assert.include((yield* Effect.flip(best(schema, undefined))).message, "There are no tables")
      const sent = run("ad-click-rates/produce.ts", [
        "--bootstrap-servers",
        at,
        "--topic",
        topic,
        "--rate",
        "1000",
        "--impressions",
        String(impressions),
        "--seed",
        "7"
      ])
      const producer = yield* Effect.forkScoped(sent)
      const args = ["--bootstrap-servers", at, "--topic", topic, "--database", url, "--schema", schema]
      const job = [...args, "--interval", "200ms", "--window", "10 minutes", "--slide", "1 second"]
      yield* Effect.scoped(Effect.gen(function*() {
        const { ended, signal } = yield* start("ad-click-rates.ts", job)
        yield* until(300)
        yield* signal("SIGKILL")
        yield* ended
      }))
      assert.isBelow(yield* totalImpressions, impressions, "it was killed before its end")
      yield* sendNonsense
      const { ended, signal } = yield* start("ad-click-rates.ts", job)
      const { code: sentCode, stderr: sentErrors, stdout: sentText } = yield* Fiber.join(producer)
      assert.strictEqual(sentCode, 0, sentErrors)
      yield* until(impressions)
      const all = yield* Random.withSeed(events(impressions, { advertisements: 5, groups: 3 }), 7)
      assert.strictEqual(sentText, `${all.length} events sent\n`)
      const expected = naive(all, 0)
      const withoutTime = (rates: ReadonlyArray<Omit<Rate, "until">>) => sorted(rates.map((rate) => ({ ...rate, until: 0 })))
      // The last clicks may be in the batch after the last impression.
      yield* Effect.repeat(totals, {
        until: (rates) => rates.reduce((sum, rate) => sum + rate.impressions + rate.clicks, 0) >= all.length,
        schedule: Schedule.spaced("50 millis")
      })
      assert.deepStrictEqual(withoutTime(yield* totals), withoutTime(expected))
      const favourite = naiveBest(expected).find(({ group }) => group === "students")
      yield* Effect.repeat(best(schema, "students"), {
        until: ([row]) => row?.impressions === favourite?.impressions && row?.clicks === favourite?.clicks,
        schedule: Schedule.spaced("50 millis")
      })
      const asked = yield* run("ad-click-rates/best.ts", ["students", "--database", url, "--schema", schema])
      assert.include(asked.stdout, `students: ${favourite?.advertisement}, `, asked.stderr)
      assert.include(asked.stdout, `(${favourite?.clicks} clicks of ${favourite?.impressions})`)
      yield* signal("SIGINT")
      const { code, stderr, stdout } = yield* ended
      assert.strictEqual(code, 0, stderr)
      assert.notInclude(stdout + stderr, "secret")
    }).pipe(Effect.scoped, Effect.provide(Postgres.layer({ url: Redacted.make(url), maxConnections: 2 }))), 90_000)
})
