import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Random } from "effect"
import { TestClock } from "effect/testing"
import { rate } from "../../../src/dstream/receivers/rate.ts"
import { openPerBatch } from "./support.ts"

const linesOf = (rowsPerSecond: number, times: ReadonlyArray<number>) =>
  Effect.scoped(Effect.gen(function*() {
    const ask = yield* openPerBatch(rate({ name: "dummy", rowsPerSecond }))
    const batches: Array<ReadonlyArray<unknown>> = []
    for (const time of times) batches.push(Option.getOrThrow(yield* ask(time)))
    return batches
  }))

describe("rate", () => {
  it.effect("gives what is due at the time of each batch", () =>
    Effect.gen(function*() {
      const batches = yield* linesOf(5, [1000, 2000, 2100, 2200, 5200])
      assert.deepStrictEqual(batches.map((lines) => lines.length), [5, 5, 0, 1, 15])
    }))

  it.effect("counts from its opening", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("750 millis")
      assert.deepStrictEqual((yield* linesOf(4, [1000, 2000])).map((lines) => lines.length), [1, 4])
      assert.deepStrictEqual((yield* linesOf(4, [0])).map((lines) => lines.length), [0])
    }))

  it.effect("says what a dummy source says, with digits that are the same for the same seed", () =>
    Effect.gen(function*() {
      const lines = (yield* linesOf(100, [1000]).pipe(Random.withSeed(7))).flat()
      const again = (yield* linesOf(100, [1000]).pipe(Random.withSeed(7))).flat()
      assert.deepStrictEqual(lines, again)
      for (const line of lines) assert.match(String(line), /^I am a dummy source [0-9]$/)
      assert.isAbove(new Set(lines).size, 5)
    }))

  it.effect("gives no more than is asked for, and the rest later", () =>
    Effect.gen(function*() {
      const ask = yield* openPerBatch(rate({ name: "dummy", rowsPerSecond: 10, line: String }))
      assert.strictEqual(Option.getOrThrow(yield* ask(1000, 3.9)).length, 3)
      assert.strictEqual(Option.getOrThrow(yield* ask(2000)).length, 17)
    }))

  it.effect("without a rate gives nothing", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* linesOf(0, [1000]), [[]])
      assert.deepStrictEqual(yield* linesOf(-1, [1000]), [[]])
      assert.deepStrictEqual(yield* linesOf(NaN, [1000]), [[]])
    }))
})
