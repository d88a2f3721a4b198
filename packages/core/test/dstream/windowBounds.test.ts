/** How many keys windows may hold, over batches and over event time. */
import { assert, describe, it } from "@effect/vitest"
import { DStream, type StateStore } from "@millrace/core"
import { Effect, Schema } from "effect"
import { type Batches, failuresOf, itemsOf } from "./support.ts"

type Pair = readonly [string, number]
type Build = (input: DStream.DStream<Pair>) => DStream.DStream<unknown, never, StateStore>

const plus = (left: number, right: number): number => left + right
const seconds = { windowDuration: "2 seconds", value: Schema.Number } as const

/** Windows of two batches that hold two keys. */
const overBatches = (maxKeys: number): Readonly<Record<string, Build>> => ({
  reduceByKeyAndWindow: DStream.reduceByKeyAndWindow({ name: "few", ...seconds, reduce: plus, maxKeys }),
  "reduceByKeyAndWindow with an inverse": DStream.reduceByKeyAndWindow({
    name: "few",
    ...seconds,
    reduce: plus,
    inverse: (total, left) => total - left,
    maxKeys
  }),
  groupByKeyAndWindow: DStream.groupByKeyAndWindow({ name: "few", ...seconds, maxKeys }),
  countByValueAndWindow: (input) =>
    DStream.countByValueAndWindow(DStream.map(input, ([key]) => key), { name: "few", windowDuration: "2 seconds", maxKeys })
})

const sparks = (maxKeys: number, slideDuration?: "2 seconds"): Build =>
  DStream.reduceByKeyAndWindow({
    name: "few",
    ...seconds,
    slideDuration,
    reduce: plus,
    inverse: (total, left) => total - left,
    filter: (value) => value > 0,
    semantics: "spark",
    maxKeys
  })

const timed = (place: { readonly windowDuration: number; readonly slideDuration?: number } | { readonly sessionGap: number }, bound: {
  readonly maxKeys?: number
  readonly maxWindows?: number
}): Build =>
(input) =>
  input.pipe(
    DStream.assignTimestamps({ timestamp: (at) => at, outOfOrderness: 0 }),
    DStream.reduceByKeyAndEventWindow({ name: "few", state: Schema.Number, reduce: plus, ...place, ...bound }),
    DStream.map(([key, { end }]) => `${key} ${end}`)
  )

const fails = (batches: Batches<Pair>, build: Build, item: number, message: string) =>
  Effect.gen(function*() {
    const failure = yield* failuresOf(batches, build)
    assert(failure.reason._tag === "StepFailed")
    assert.strictEqual(failure.reason.item, item)
    assert.include(failure.message, message)
    assert.notInclude(failure.message, "secret")
  })

const two = `"few" remembers 2 keys, which is its maxKeys, and was given one more: take a shorter window`

describe("maxKeys of windows over batches", () => {
  for (const [title, build] of Object.entries({ ...overBatches(2), "Spark's": sparks(2) })) {
    it.effect(`${title}: one key more than may be fails the run, without a word of it`, () =>
      fails([[["a", 1]], [["b", 1], ["a", 1], ["secret", 1]]], build, 2, two))

    it.effect(`${title}: a key that has left makes room`, () =>
      Effect.gen(function*() {
        const out = yield* itemsOf([[["a", 1]], [["b", 1]], [], [["c", 1]]], build)
        assert.deepStrictEqual(out.map((items) => items.length), [1, 2, 1, 1])
      }))
  }

  it.effect("Spark's counts keys of batches that no window has told yet", () =>
    fails([[["a", 1]], [["b", 1], ["a", 1], ["secret", 1]]], sparks(2, "2 seconds"), 2, two))

  it.effect("has to be a whole number", () =>
    Effect.gen(function*() {
      for (const [title, build] of Object.entries(overBatches(0.5))) {
        const operator = title.split(" ")[0]
        const { message } = yield* failuresOf([], build)
        assert.include(message, `maxKeys of ${operator} "few" for output "collected": 0.5 is not a whole`)
      }
    }))
})

describe("bounds of windows of event time", () => {
  const places = {
    sessions: { sessionGap: 10 },
    "tumbling windows": { windowDuration: 10 },
    "sliding windows": { windowDuration: 10, slideDuration: 5 }
  }
  for (const [title, place] of Object.entries(places)) {
    it.effect(`${title}: one key more than may be fails the run, without a word of it`, () =>
      fails([[["a", 1]], [["b", 7], ["a", 8], ["secret", 9]]], timed(place, { maxKeys: 2 }), 2, two))

    it.effect(`${title}: what the records before have closed makes room, in the same batch too; what is late takes none`, () =>
      Effect.gen(function*() {
        const input: Batches<Pair> = [[["a", 1], ["b", 2], ["b", 40], ["late", 3], ["c", 41], ["c", 90], ["d", 91]], [["e", 190]]]
        const out = yield* itemsOf(input, timed(place, { maxKeys: 2 }))
        const keys = out.map((items) => [...new Set(items.map((item) => `${item}`.split(" ")[0]))].toSorted())
        assert.deepStrictEqual(keys, [["a", "b", "c"], ["c", "d"]])
      }))
  }

  it.effect("maxWindows: closed ones make room, open ones do not", () =>
    Effect.gen(function*() {
      const closing: Batches<Pair> = [[["a", 1], ["b", 2], ["c", 20], ["d", 21]]]
      assert.deepStrictEqual(yield* itemsOf(closing, timed({ sessionGap: 10 }, { maxWindows: 2 })), [["a 11", "b 12"]])
      yield* fails(closing, timed({ sessionGap: 20 }, { maxWindows: 2 }), 2, `"few" holds 2 windows of keys`)
    }))
})
