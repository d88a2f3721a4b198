import { assert, describe, it } from "@effect/vitest"
import { DStream, Key } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Arbitrary, Effect, Schema } from "effect"
import { naiveKeyed, naiveSpark } from "./naiveWindows.ts"
import { blames, boom, failuresOf, hostileKey, hostilePair, smallInt } from "./support.ts"
import { spoken, windowAgrees } from "./windowSupport.ts"

type Pair = readonly [string, number]

const value = Schema.Number
const plus = (left: number, right: number): number => left + right
const minus = (total: number, left: number): number => total - left
const two = { name: "w", windowDuration: "2 seconds", value, reduce: plus } as const

/** A grows and shrinks, with company that comes and goes. */
const wave: ReadonlyArray<ReadonlyArray<Pair>> = [
  [["a", 1]],
  [["a", 1], ["b", 1]],
  [["a", 1], ["b", 1], ["c", 1]],
  [["a", 1], ["b", 1]],
  [["a", 1]],
  [],
  []
]

const ofTwo = [
  [1, [["a", 1]]],
  [2, [["a", 2], ["b", 1]]],
  [3, [["a", 2], ["b", 2], ["c", 1]]],
  [4, [["a", 2], ["b", 2], ["c", 1]]],
  [5, [["a", 2], ["b", 1]]],
  [6, [["a", 1]]],
  [7, []]
]

const a = (...values: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<Pair>> =>
  values.map((n) => n === 0 ? [] : [["a", n]])

describe("reduceByKeyAndWindow", () => {
  for (const [way, inverse] of [["without", undefined], ["with", minus]] as const) {
    describe(`${way} inverse`, () => {
      const build = (windowDuration: number, slideDuration: number) => (input: DStream.DStream<Pair>) =>
        DStream.reduceByKeyAndWindow(input, { name: "w", windowDuration, slideDuration, value, reduce: plus, inverse })

      it.effect("keys leave with their data (WI-09, WI-10)", () =>
        Effect.gen(function*() {
          assert.deepStrictEqual<unknown>(yield* spoken(wave, build(2000, 1000)), ofTwo)
        }))

      it.effect("a slide of two in a window of four", () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* spoken(a(1, 2, 3, 4, 5, 6, 0, 0), build(4000, 2000)), [
            [2, [["a", 3]]],
            [4, [["a", 10]]],
            [6, [["a", 18]]],
            [8, [["a", 11]]]
          ])
        }))

      it.effect("what falls into a gap is not counted (WI-12)", () =>
        Effect.gen(function*() {
          const early: ReadonlyArray<ReadonlyArray<Pair>> = [[["a", 1]], [["b", 2]], [["b", 3]], [["b", 9]]]
          const input: ReadonlyArray<ReadonlyArray<Pair>> = [...early, [], [], [["a", 7]], [["c", 4]], []]
          assert.deepStrictEqual(yield* spoken(input, build(1000, 3000)), [[3, [["b", 3]]], [6, []], [9, []]])
          assert.deepStrictEqual(yield* spoken(input, build(2000, 3000)), [[3, [["b", 5]]], [6, []], [9, [["c", 4]]]])
        }))

      it.effect("keys of the batch come first, then those longest in the window", () =>
        Effect.gen(function*() {
          const input: ReadonlyArray<ReadonlyArray<Pair>> = [[["z", 1], ["y", 1]], [["x", 1], ["y", 1]], [["w", 1]], []]
          const keys = yield* spoken(input, (input) => DStream.map(build(3000, 1000)(input), ([key]) => key))
          assert.deepStrictEqual(keys.map(([, items]) => items), [
            ["z", "y"],
            ["x", "y", "z"],
            ["w", "z", "y", "x"],
            ["y", "x", "w"]
          ])
        }))

      windowAgrees("agrees with a naive reader, with hostile keys", hostilePair, (input, durations) =>
        DStream.reduceByKeyAndWindow(input.pipe(DStream.map(([key, n]) => [key === 0 ? 0 : key, n])), {
          name: "w",
          value,
          reduce: plus,
          inverse,
          ...durations
        }), (batches, shape) =>
        naiveKeyed(
          batches.map(({ items, time }) => ({ time, items: items.map(([key, n]) => [key === 0 ? 0 : key, n] as const) })),
          shape,
          (values) => values.reduce(plus)
        ))
    })
  }

  windowAgrees(
    "keeps the order of values, without pairs between",
    Arbitrary.all([hostileKey, smallInt]),
    (input, durations) =>
      input.pipe(
        DStream.keyBy(([key]) => typeof key),
        DStream.mapValues(([key, n]) => `${String(key)}${n} `),
        DStream.filter(([, text]) => text.length > 2),
        DStream.reduceByKeyAndWindow({ name: "w", value: Schema.String, reduce: (left, right) => left + right, ...durations })
      ),
    (batches, shape) =>
      naiveKeyed(
        batches.map(({ items, time }) => ({
          time,
          items: items.map(([key, n]) => [typeof key, `${String(key)}${n} `] as const).filter(([, text]) => text.length > 2)
        })),
        shape,
        (values) => values.join("")
      )
  )

  windowAgrees(
    "emits what changed",
    hostilePair,
    (input, durations) =>
      DStream.reduceByKeyAndWindow(input.pipe(DStream.map(([key, n]) => [String(key), n])), {
        name: "w",
        value,
        reduce: Math.max,
        emit: "changed",
        ...durations
      }),
    (batches, shape) =>
      naiveKeyed(
        batches.map(({ items, time }) => ({ time, items: items.map(([key, n]) => [String(key), n] as const) })),
        shape,
        (values) => Math.max(...values),
        "changed"
      )
  )

  windowAgrees(
    `gives Spark's with semantics: "spark"`,
    hostilePair,
    (input, durations) =>
      DStream.reduceByKeyAndWindow(input.pipe(DStream.map(([key, n]) => [String(key), n + 1])), {
        name: "w",
        value,
        reduce: plus,
        inverse: minus,
        semantics: "spark",
        filter: (n, key) => n !== 0 || key === "",
        ...durations
      }),
    (batches, shape) =>
      naiveSpark(
        batches.map(({ items, time }) => ({ time, items: items.map(([key, n]) => [String(key), n + 1] as const) })),
        shape,
        (n, key) => n !== 0 || key === ""
      )
  )

  it.effect(`semantics: "spark": a key once seen stays, and a filter makes it leave (TR-01)`, () =>
    Effect.gen(function*() {
      const spark = { ...two, inverse: minus, semantics: "spark" } as const
      const stays = yield* spoken(wave, (input: DStream.DStream<Pair>) => DStream.reduceByKeyAndWindow(input, spark))
      assert.deepStrictEqual(stays.slice(4), [
        [5, [["a", 2], ["b", 1], ["c", 0]]],
        [6, [["a", 1], ["b", 0], ["c", 0]]],
        [7, [["a", 0], ["b", 0], ["c", 0]]]
      ])
      const leaves = yield* spoken(wave, (input: DStream.DStream<Pair>) =>
        DStream.reduceByKeyAndWindow(input, { ...spark, filter: (n) => n !== 0 }))
      assert.deepStrictEqual<unknown>(leaves, ofTwo)
    }))

  it.effect(`semantics: "spark": a new key's data from the gap counts (TR-02)`, () =>
    Effect.gen(function*() {
      const out = yield* spoken(a(1, 2, 4, 0, 0, 8), (input) =>
        DStream.reduceByKeyAndWindow(input, {
          ...two,
          windowDuration: "1 second",
          slideDuration: "3 seconds",
          inverse: minus,
          semantics: "spark"
        }))
      assert.deepStrictEqual(out, [[3, [["a", 7]]], [6, [["a", 11]]]])
    }))

  it.effect(`semantics: "spark": a filter that drops a key with data fails where the data leaves (WI-11)`, () =>
    Effect.gen(function*() {
      const { reason } = yield* Effect.flip(spoken(a(1, 0, 0), (input) =>
        DStream.reduceByKeyAndWindow(input, { ...two, inverse: minus, semantics: "spark", filter: () => false })))
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.step, reason.batch.id], ["reduceByKeyAndWindow", 3])
    }))

  it.effect("a filter says what is emitted, and not what is kept", () =>
    Effect.gen(function*() {
      for (const inverse of [undefined, minus]) {
        const out = yield* spoken(a(1, 5, 2, 0), (input) =>
          DStream.reduceByKeyAndWindow(input, { ...two, inverse, filter: (n, key) => n > 2 && key === "a" }))
        assert.deepStrictEqual(out, [[1, []], [2, [["a", 6]]], [3, [["a", 7]]], [4, []]])
      }
    }))

  it.effect("infers from the stream, writes structural keys by their schema, and keeps their encoding", () =>
    Effect.gen(function*() {
      const Place = Schema.Struct({ x: Schema.Number, at: Schema.Date })
      const build = (input: DStream.DStream<number>) =>
        input.pipe(
          DStream.keyBy((x) => ({ x, at: new Date(x) }), { encode: ({ x }) => x % 3 }),
          DStream.mapValues(() => 1),
          DStream.reduceByKeyAndWindow({ ...two, reduce: (left, right) => left + right, key: Place }),
          DStream.reduceByKey(plus),
          DStream.map(([place, n]) => [place.x, place.at.getTime(), n])
        )
      const out = yield* TestPipeline.runInLegs([[1, 4], [7, 2], []], [1, 1, 1], build)
      assert.deepStrictEqual(out.map(({ items }) => items), [[[1, 1, 2]], [[1, 1, 3], [2, 2, 1]], [[1, 1, 1], [2, 2, 1]]])
    }))

  it.effect("a structural key without a schema is refused before it is kept", () =>
    Effect.gen(function*() {
      const { message, reason } = yield* failuresOf([[1]], (input) =>
        DStream.keyBy(input, (x) => ({ x }), { encode: Key.fromSchema(Schema.Struct({ x: Schema.Number })) }).pipe(
          DStream.reduceByKeyAndWindow({ ...two })
        ))
      assert(reason._tag === "StepFailed")
      assert.strictEqual(reason.step, "reduceByKeyAndWindow")
      assert.include(message, "the operator's option key must say how it is written down")
    }))

  blames("reduceByKeyAndWindow", 1, [[["k", 1] as const, ["k", 2] as const]], (input) =>
    DStream.reduceByKeyAndWindow(input, {
      ...two,
      reduce: () => {
        throw boom
      }
    }))

  it.effect("a function that throws between panes is named, without an item", () =>
    Effect.gen(function*() {
      const { reason } = yield* failuresOf([[["k", 1] as const], [["k", 2] as const]], (input) =>
        DStream.reduceByKeyAndWindow(input, {
          ...two,
          reduce: () => {
            throw boom
          }
        }))
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.step, reason.item, reason.batch.id], ["reduceByKeyAndWindow", undefined, 2])
    }))

  it.effect("undefined is a value like others", () =>
    Effect.gen(function*() {
      const out = yield* spoken(a(1, 2, 0), (input) =>
        input.pipe(
          DStream.mapValues((n): number | undefined => n === 1 ? undefined : n),
          DStream.reduceByKeyAndWindow({
            name: "w",
            windowDuration: "2 seconds",
            value: Schema.UndefinedOr(Schema.Number),
            reduce: (left, right) => left ?? right
          })
        ))
      assert.deepStrictEqual(out, [[1, [["a", undefined]]], [2, [["a", 2]]], [3, [["a", 2]]]])
    }))
})
