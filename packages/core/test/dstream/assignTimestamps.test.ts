import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Duration, Effect, Schema } from "effect"
import { blames, boom, failureOf, failuresOf, forms, itemsOf, table } from "./support.ts"

type Options = Omit<DStream.TimestampOptions<string, number>, "timestamp">

const windows = (options: Options) => (input: DStream.DStream<readonly [string, number]>) =>
  input.pipe(
    DStream.assignTimestamps({ timestamp: (at) => at, ...options }),
    DStream.groupByKeyAndEventWindow({ name: "w", windowDuration: 10, value: Schema.Number })
  )

const told = (options: Options) => (input: DStream.DStream<readonly [string, number]>) =>
  windows(options)(input).pipe(DStream.map(([key, { start, value }]) => `${key} ${start}: ${value}`))

const late = (options: Options) => (input: DStream.DStream<readonly [string, number]>) =>
  DStream.lateRecords(windows(options)(input)).pipe(DStream.map(({ key, reason, timestamp }) => `${key} ${timestamp} ${reason}`))

/** The key is the source. */
const bySource = { outOfOrderness: 0, source: (_: number, key: string) => key }

describe("assignTimestamps", () => {
  forms([[["a", 1]], [["a", 10]]], [[], ["a 0: 1"]], {
    "data last": told({ outOfOrderness: 0 }),
    "data first": (input: DStream.DStream<readonly [string, number]>) =>
      DStream.groupByKeyAndEventWindow(
        DStream.assignTimestamps(input, { timestamp: (at) => at, outOfOrderness: "0 seconds" }),
        { name: "w", windowDuration: "10 millis", value: Schema.Number }
      ).pipe(DStream.map(([key, { start, value }]) => `${key} ${start}: ${value}`))
  })

  describe("the slowest source", () => {
    table(told(bySource), {
      "is waited for": [
        [[["a", 1], ["b", 2]], [["a", 50]], [], [["b", 10]]],
        [[], [], [], ["a 0: 1", "b 0: 2"]]
      ]
    })
    table(told({ ...bySource, idleAfter: "2 seconds" }), {
      "is not waited for strictly after the idle time, and then is new": [
        [[["a", 1], ["b", 2]], [["a", 50]], [], [["a", 51]], [["b", 3]], [["b", 60], ["a", 60]]],
        [[], [], [], ["a 0: 1", "b 0: 2"], [], ["a 50: 50,51"]]
      ],
      "where all are idle the fastest is believed": [
        [[["a", 1], ["b", 2]], [["a", 50]], [["b", 3]], [], [], []],
        [[], [], [], [], [], ["a 0: 1", "b 0: 2,3"]]
      ]
    })
    table(late({ ...bySource, idleAfter: "2 seconds" }), {
      "comes too late when it comes again": [
        [[["a", 1], ["b", 2]], [["a", 50]], [], [["a", 51]], [["b", 3], ["b", 50]]],
        [[], [], [], [], ["b 3 late"]]
      ]
    })
  })

  describe("the future", () => {
    const options = { outOfOrderness: 0, maxFutureSkew: "1 second" } as const
    const batches = [[["a", 1], ["a", 2001], ["a", Date.UTC(9999, 11, 31)], ["a", 2]], [["a", 10]]] as const
    table(told(options), { "closes no window": [batches, [[], ["a 0: 1,2"]]] })
    table(late(options), {
      "begins right after the skew": [batches, [["a 2001 future", "a 253402214400000 future"], []]],
      "is the batch's: a later one believes": [[[["a", 2001]], [["a", 2001]]], [["a 2001 future"], []]]
    })
    table(told({ outOfOrderness: 0, maxFutureSkew: Duration.infinity }), {
      "is believed where the user says so": [[[["a", 1], ["a", 8e15], ["a", 2]]], [["a 0: 1"]]]
    })
    table(late({ outOfOrderness: 0 }), {
      "is a day away where nothing is said": [[[["a", 86_401_000], ["a", 86_401_001]]], [["a 86401001 future"]]]
    })
  })

  describe("structural keys", () => {
    const Place = Schema.Struct({ x: Schema.Number })
    const keyed = (key?: typeof Place) => (input: DStream.DStream<number>) =>
      input.pipe(
        DStream.keyBy((n) => ({ x: n % 2 }), { encode: ({ x }) => x }),
        DStream.assignTimestamps({ timestamp: (n) => n, outOfOrderness: 0 }),
        DStream.groupByKeyAndEventWindow({ name: "w", windowDuration: 4, value: Schema.Number, key }),
        DStream.mapValues(({ value }) => value.length),
        DStream.reduceByKey((left, right) => left + right)
      )
    table(keyed(Place), { "come out as they went in, encoded still": [[[1, 2, 3], [9]], [[], [[{ x: 1 }, 2], [{ x: 0 }, 1]]]] })
    it.effect("need a schema", () => Effect.gen(function*() {
      const error = yield* failuresOf([[1]], keyed())
      assert.include(String(error.reason._tag === "StepFailed" && error.reason.cause), "give `key`")
    }))
  })

  for (const bad of [NaN, Infinity, 9e15]) {
    it.effect(`refuses ${bad} as a timestamp without telling it`, () => Effect.gen(function*() {
      const { message, reason } = yield* failuresOf([[["a", bad]]], windows({ outOfOrderness: 0 }))
      assert.strictEqual(reason._tag, "StepFailed")
      assert.notInclude(message, String(bad))
    }))
  }

  blames("groupByKeyAndEventWindow", 1, [[["a", 1]], [["a", 2], ["a", 3]]], (input: DStream.DStream<readonly [string, number]>) =>
    input.pipe(
      DStream.assignTimestamps({
        outOfOrderness: 0,
        timestamp: (at) => {
          if (at === 3) throw boom
          return at
        }
      }),
      DStream.groupByKeyAndEventWindow({ name: "w", windowDuration: 10, value: Schema.Number })
    ))

  it.effect("a bound on windows is kept", () => Effect.gen(function*() {
    const bounded = (input: DStream.DStream<readonly [string, number]>) =>
      input.pipe(
        DStream.assignTimestamps({ timestamp: (at) => at, outOfOrderness: 0 }),
        DStream.groupByKeyAndEventWindow({ name: "w", windowDuration: 10, value: Schema.Number, maxWindows: 2 })
      )
    assert.deepStrictEqual((yield* itemsOf([[["a", 1], ["b", 1], ["c", 10], ["d", 10], ["e", 20]]], bounded)).flat().length, 4)
    const { reason } = yield* failuresOf([[["a", 1], ["b", 1], ["c", 9]]], bounded)
    assert.include(String(reason._tag === "StepFailed" && reason.cause), "TooManyWindows")
  }))

  it.effect("every mistake is told before anything runs", () => Effect.gen(function*() {
    const { reason } = yield* failureOf([[["a", 1]]], (input: DStream.DStream<readonly [string, number]>) =>
      input.pipe(
        DStream.assignTimestamps({
          timestamp: (at) => at,
          outOfOrderness: -1,
          idleAfter: 0,
          maxFutureSkew: NaN
        }),
        DStream.groupByKeyAndEventWindow({
          name: "w",
          windowDuration: "1 day",
          slideDuration: "1 milli",
          allowedLateness: Duration.infinity,
          maxWindows: 0,
          value: Schema.Number
        })
      ))
    assert(reason._tag === "InvalidPipeline")
    assert.deepStrictEqual(reason.problems.map((problem) => problem._tag === "BadOption" ? problem.option : problem._tag), [
      "maxWindows",
      "maxFutureSkew",
      "slideDuration",
      "allowedLateness",
      "outOfOrderness",
      "idleAfter"
    ])
  }))
})
