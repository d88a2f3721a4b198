import { assert, describe, it } from "@effect/vitest"
import { DStream, Key } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Effect, Schema } from "effect"
import { naiveItems } from "./naiveWindows.ts"
import { anyNumber, smallInt } from "./support.ts"
import { spoken, windowAgrees } from "./windowSupport.ts"

const item = Schema.Number
const six = [[1], [2], [3], [4], [5], [6]]

const windowed = (seconds: number, every?: number) => (input: DStream.DStream<number>) =>
  DStream.window(input, {
    name: "w",
    windowDuration: seconds * 1000,
    slideDuration: every === undefined ? undefined : every * 1000,
    item
  })

describe("window", () => {
  it.effect("unites the last batches, oldest first; first windows are partial (WI-01)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* spoken(six, windowed(3)), [
        [1, [1]],
        [2, [1, 2]],
        [3, [1, 2, 3]],
        [4, [2, 3, 4]],
        [5, [3, 4, 5]],
        [6, [4, 5, 6]]
      ])
    }))

  it.effect("of one batch is the batch", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* spoken([[1, 2], [], [3]], windowed(1)), [[1, [1, 2]], [2, []], [3, [3]]])
    }))

  it.effect("that does not overlap has each item once", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* spoken(six, windowed(2, 2)), [[2, [1, 2]], [4, [3, 4]], [6, [5, 6]]])
    }))

  it.effect("overlaps by what it is longer than its slide, and the first is partial", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* spoken(six, windowed(4, 2)), [[2, [1, 2]], [4, [1, 2, 3, 4]], [6, [3, 4, 5, 6]]])
    }))

  it.effect("longer than all input has it all", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* spoken([[1], [2]], windowed(100), 1), [[1, [1]], [2, [1, 2]], [3, [1, 2]]])
    }))

  it.effect("with a slide that is longer leaves a gap", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* spoken(six, windowed(1, 3)), [[3, [3]], [6, [6]]])
      assert.deepStrictEqual(yield* spoken(six, windowed(2, 3)), [[3, [2, 3]], [6, [5, 6]]])
    }))

  it.effect("empties when nothing comes", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* spoken([[1]], windowed(2), 3), [[1, [1]], [2, [1]], [3, []], [4, []]])
    }))

  it.effect("of a window counts in slides of the first", () =>
    Effect.gen(function*() {
      const build = (input: DStream.DStream<number>) =>
        windowed(2, 2)(input).pipe(DStream.window({ name: "of w", windowDuration: "4 seconds", slideDuration: "4 seconds", item }))
      assert.deepStrictEqual(yield* spoken([...six, [7], [8]], build), [[4, [1, 2, 3, 4]], [8, [5, 6, 7, 8]]])
    }))

  it.effect("what follows has batches only at slides", () =>
    Effect.gen(function*() {
      const build = (input: DStream.DStream<number>) =>
        windowed(2, 2)(input).pipe(
          DStream.map((n) => n * 10),
          DStream.mapBatch((items) => [...items, 0]),
          DStream.mapEffect((n) => Effect.succeed(n)),
          DStream.count
        )
      assert.deepStrictEqual(yield* spoken(six, build), [[2, [3]], [4, [3]], [6, [3]]])
    }))

  it.effect("unites with another of the same slide", () =>
    Effect.gen(function*() {
      const build = (input: DStream.DStream<number>) =>
        DStream.union(
          windowed(2, 2)(input),
          DStream.window(input, { name: "v", windowDuration: "1 second", slideDuration: "2 seconds", item })
        )
      assert.deepStrictEqual(yield* spoken(six, build), [[2, [1, 2, 2]], [4, [3, 4, 4]], [6, [5, 6, 6]]])
    }))

  it.effect("loses the encoding of keys, and gives the items themselves", () =>
    Effect.gen(function*() {
      const Place = Schema.Struct({ x: Schema.Number })
      const encode = Key.fromSchema(Place)
      const build = (input: DStream.DStream<number>) =>
        DStream.map(input, (x) => ({ x })).pipe(
          DStream.window({ name: "w", windowDuration: "2 seconds", item: Place }),
          DStream.keyBy((place) => place, { encode }),
          DStream.mapValues(() => 1),
          DStream.reduceByKey((left, right) => left + right)
        )
      assert.deepStrictEqual<unknown>(yield* spoken([[1], [1]], build), [[1, [[{ x: 1 }, 1]]], [2, [[{ x: 1 }, 2]]]])
    }))

  it.effect("is restored with items that have no form in JSON", () =>
    Effect.gen(function*() {
      const build = (input: DStream.DStream<Date>) =>
        DStream.window(input, { name: "w", windowDuration: "3 seconds", item: Schema.Date })
      const dates = [[new Date(1)], [new Date(2)], []]
      const out = yield* TestPipeline.runInLegs(dates, [1, 1, 1], build)
      assert.deepStrictEqual(out.at(-1)?.items, [new Date(1), new Date(2)])
    }))

  windowAgrees(
    "agrees with a naive reader",
    smallInt,
    (input, durations) => DStream.window(input, { name: "w", item, ...durations }),
    naiveItems
  )

  windowAgrees(
    "keeps any number",
    anyNumber,
    (input, durations) => DStream.window(input.pipe(DStream.map((n) => n + 0)), { name: "w", item, ...durations }),
    (batches, shape) => naiveItems(batches.map(({ items, time }) => ({ time, items: items.map((n) => n + 0) })), shape)
  )

  windowAgrees(
    "agrees after other steps, with data last",
    smallInt,
    (input, durations) =>
      input.pipe(
        DStream.filter((n) => n > 2),
        DStream.flatMap((n) => [n, `${n}`]),
        DStream.window({ name: "w", item: Schema.Union([Schema.Number, Schema.String]), ...durations })
      ),
    (batches, shape) =>
      naiveItems(
        batches.map(({ items, time }) => ({ time, items: items.flatMap((n) => n > 2 ? [n, `${n}`] : []) })),
        shape
      )
  )
})
