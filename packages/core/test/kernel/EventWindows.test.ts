import { assert, describe, it } from "@effect/vitest"
import { DStream, Receiver } from "@millrace/core"
import { Arbitrary, Effect, Schema, Stream } from "effect"
import { isDeepStrictEqual } from "node:util"
import type { Memory } from "../../src/kernel/Memory.ts"
import { grouped, naive, type Record, records, type Rules, rulesOf } from "../dstream/naiveEventWindows.ts"
import type { Batches, Build } from "../dstream/support.ts"

const memoryOf = <A, B, E, R>(build: Build<A, B, E, R>): Memory => {
  const input = DStream.fromReceiver(Receiver.make<A>({ name: "none", open: () => Effect.succeed(Stream.empty) }))
  const { node } = build(input)
  assert(node._tag === "Remember")
  const second = 1000
  return node.make({
    batchIntervalMillis: second,
    parentSlideMillis: second,
    slideMillis: second,
    windowMillis: second,
    isWindow: false
  })
}

const feed = (memory: Memory, batch: number, pairs: ReadonlyArray<readonly [unknown, unknown]>): ReadonlyArray<unknown> => {
  memory.begin({ id: batch, time: batch * 1000, emits: true })
  for (const [key, value] of pairs) memory.add(key, value, key)
  return memory.finish()
}

/** What is written down of windows, by serial number. */
const writtenOf = (memory: Memory): ReadonlyArray<unknown> => {
  const { names, values } = memory.snapshot()
  return names.map((name, index) => [name, values[index]] as const)
    .filter(([name]) => typeof name === "number")
    .toSorted(([left], [right]) => Number(left) - Number(right))
}

describe("EventWindows", () => {
  it.effect("write down what a naive reader holds, whichever way windows are put together", () =>
    Effect.gen(function*() {
      const seen = { sliding: 0, uneven: 0, windows: 0 }
      const both = ([batches, rules]: readonly [Batches<Record>, Rules]) => {
        const memory = memoryOf(grouped(rules))
        const { slideDuration = Infinity, windowDuration = 0 } = rules
        if (slideDuration < windowDuration) seen.sliding++
        if (slideDuration < windowDuration && windowDuration % slideDuration > 0) seen.uneven++
        const expected = naive(batches, rules).map(({ open, told }) => ({ open, told }))
        const actual = batches.map((batch, index) => {
          const told = feed(memory, index + 1, batch)
          // A delta that nobody needs changes nothing.
          if (index % 2 === 0) memory.delta()
          memory.commit()
          const open = writtenOf(memory)
          seen.windows += open.length
          return { open, told }
        })
        return { actual, expected: expected.map(({ open, told }) => ({ told, open: bySerial(open) })) }
      }
      const result = yield* Arbitrary.checkEffect(Arbitrary.all([records, rulesOf]), (one) =>
        Effect.sync(() => {
          const { actual, expected } = both(one)
          return isDeepStrictEqual(actual, expected)
        }), { runs: 200, size: 60 })
      if (result._tag === "Falsified") {
        const { actual, expected } = both(result.shrunkInput)
        assert.deepStrictEqual<unknown>(actual, expected, JSON.stringify(result.shrunkInput))
      }
      assert.strictEqual(result._tag, "Passed")
      for (const n of Object.values(seen)) assert.isAtLeast(n, 20, JSON.stringify(seen))
    }))

  const highest = (reduce: (left: number, right: number) => number) => (input: DStream.DStream<readonly [string, number]>) =>
    input.pipe(
      DStream.assignTimestamps({ timestamp: (at) => at, outOfOrderness: 0, maxFutureSkew: Infinity }),
      DStream.reduceByKeyAndEventWindow({ name: "w", windowDuration: 600, slideDuration: 1, state: Schema.Number, reduce })
    )

  it("call a function a few times per pane and key, however many windows a record is in", () => {
    const calls = { count: 0, most: 0 }
    const memory = memoryOf(highest((left, right) => {
      calls.count++
      return Math.max(left, right)
    }))
    for (let at = 0; at < 3000; at++) {
      const before = calls.count
      const told = feed(memory, at + 1, [["a", at], ["a", at], ["b", at]])
      assert.strictEqual(told.length, at === 0 ? 0 : 2)
      memory.commit()
      calls.most = Math.max(calls.most, calls.count - before)
    }
    assert.isAtMost(calls.count, 3000 * 7)
    // A flip of both keys at a time.
    assert.isAtMost(calls.most, 2 * 600 + 10)
  })

  it("find their windows again when combining them failed in the midst of a batch", () => {
    const boom = new Error("boom")
    const calls = { left: Infinity }
    const memory = memoryOf(highest((left, right) => {
      if (calls.left-- <= 0) throw boom
      return Math.max(left, right)
    }))
    const first = [["a", 1], ["b", 1], ["a", 2], ["b", 2], ["a", 3], ["b", 3]] as const
    feed(memory, 1, first)
    memory.commit()
    let needed = 0
    const plain = memoryOf(highest((left, right) => {
      needed++
      return Math.max(left, right)
    }))
    feed(plain, 1, first)
    plain.commit()
    const second = [["c", 601], ["a", 603], ["b", 700]] as const
    const written = writtenOf(plain)
    needed = 0
    const expected = feed(plain, 2, second)
    assert.isAtLeast(needed, 4)
    for (let left = 0; left < needed; left++) {
      calls.left = left
      assert.throws(() => feed(memory, 2, second), "boom")
      calls.left = Infinity
      memory.rollback()
      assert.deepStrictEqual(writtenOf(memory), written)
    }
    assert.deepStrictEqual(feed(memory, 2, second), expected)
  })
})

const bySerial = (open: ReadonlyArray<unknown>): ReadonlyArray<unknown> =>
  open.toSorted((left, right) => Array.isArray(left) && Array.isArray(right) ? left[0] - right[0] : 0)
