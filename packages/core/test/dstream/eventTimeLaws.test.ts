/** What windows of event time promise whatever the records are. */
import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Arbitrary, Effect } from "effect"
import { isDeepStrictEqual } from "node:util"
import { Watermark } from "../../src/kernel/Watermark.ts"
import { grouped, type Record, records, type Rules, rulesOf } from "./naiveEventWindows.ts"
import { type Batches, itemsOf, smallInt } from "./support.ts"

type Windows = ReadonlyArray<readonly [string, {
  readonly start: number
  readonly end: number
  readonly value: ReadonlyArray<unknown>
  readonly replaces: ReadonlyArray<{ readonly start: number; readonly end: number }>
}]>

/** What a reader holds in the end who puts every result in the place of those that it replaces. */
const finalOf = (batches: ReadonlyArray<Windows>): ReadonlyArray<unknown> => {
  const held = new Map<string, unknown>()
  for (const [key, { end, replaces, start, value }] of batches.flat()) {
    for (const before of replaces) {
      assert.isTrue(held.delete(`${key} ${before.start} ${before.end}`), "replaces what was never told")
    }
    const name = `${key} ${start} ${end}`
    assert.isFalse(held.has(name), "tells a window twice without saying so")
    held.set(name, value)
  }
  return [...held].toSorted()
}

/** Takes the watermark past all windows: every source comes once more. */
const flush: ReadonlyArray<Record> = [0, 1, 2].map((source) => ["flush", { at: 80_000_000, n: 0, source }])

const passes = <A>(cases: Arbitrary.Arbitrary<A>, holds: (one: A) => Effect.Effect<boolean, unknown>, runs: number) =>
  Effect.gen(function*() {
    const result = yield* Arbitrary.checkEffect(cases, holds, { runs, size: 60 })
    assert.strictEqual(result._tag, "Passed", Arbitrary.formatCheckFailure(result))
  })

const believing = (rules: Rules): Rules => ({ ...rules, idleAfter: undefined, maxFutureSkew: Infinity })

const recut = (batches: Batches<Record>, [a, b, c]: readonly [number, number, number]): Batches<Record> => {
  const sizes = [a * 3, b, c * 7]
  const all = batches.flat()
  const cut: Array<ReadonlyArray<Record>> = []
  for (let from = 0, i = 0; from < all.length; i++) {
    const size = a + b + c === 0 ? all.length : sizes[i % 3] ?? 0
    cut.push(all.slice(from, from + size))
    from += size
  }
  return cut
}

describe("windows of event time", () => {
  it.effect("come to the same wherever the input is cut into batches", () =>
    passes(Arbitrary.all([records, rulesOf, smallInt, smallInt, smallInt]), ([batches, given, a, b, c]) =>
      Effect.gen(function*() {
        const rules = believing(given)
        const whole = yield* itemsOf([...batches, flush], grouped(rules))
        const cut = yield* itemsOf([...recut(batches, [a, b, c]), flush], grouped(rules))
        const late = (batches: Batches<Record>) =>
          Effect.map(itemsOf([...batches, flush], (input) => DStream.lateRecords(grouped(rules)(input))), (all) => all.flat())
        return isDeepStrictEqual(finalOf(whole), finalOf(cut)) &&
          isDeepStrictEqual(yield* late(batches), yield* late(recut(batches, [a, b, c])))
      }), 120))

  it.effect("do not depend on the order of arrival within the disorder that is allowed", () =>
    passes(Arbitrary.all([records, rulesOf, smallInt]), ([batches, given, seed]) =>
      Effect.gen(function*() {
        const rules = { ...believing(given), outOfOrderness: 200_000 }
        const all = batches.flat()
        const shuffled = all.map((record, i) => [(i * (seed * 2 + 7) + seed * 31) % 101, record] as const)
          .toSorted(([left], [right]) => left - right).map(([, record]) => record)
        const whole = yield* itemsOf([all, flush], grouped(rules))
        const other = yield* itemsOf([shuffled, flush], grouped(rules))
        return isDeepStrictEqual(finalOf(whole).map(byNumber), finalOf(other).map(byNumber)) &&
          finalOf(whole).length === declared(all, rules)
      }), 120))

  it.effect("have a watermark that never goes back", () =>
    passes(Arbitrary.all([records, rulesOf]), ([batches, { idleAfter, outOfOrderness }]) =>
      Effect.sync(() => {
        const watermark = new Watermark({ idleMillis: idleAfter, outOfOrdernessMillis: outOfOrderness })
        let last = -Infinity
        let highest = -Infinity
        const holds = () => {
          const isRight = watermark.value >= last && watermark.value <= highest - outOfOrderness
          last = watermark.value
          return isRight
        }
        return batches.every((batch, index) => {
          watermark.begin((index + 1) * 1000)
          const during = batch.every(([, { at, source }]) => {
            highest = Math.max(highest, at)
            watermark.see(at, source)
            return holds()
          })
          watermark.finish()
          const after = holds()
          watermark.commit()
          return during && after
        })
      }), 150))
})

/** Equal timestamps keep the order in which they came, which was shuffled. */
const byNumber = (window: unknown): unknown =>
  Array.isArray(window) && Array.isArray(window[1])
    ? [window[0], window[1].toSorted((left: { n: number }, right: { n: number }) => left.n - right.n)]
    : window

/** How many windows there are when nothing is late, by definition; the flush is in some as well. */
const declared = (all: ReadonlyArray<Record>, rules: Rules): number => {
  const { sessionGap, windowDuration = 0, slideDuration = windowDuration } = rules
  const windows = new Set<string>()
  const times = new Map<string, Array<number>>()
  for (const [key, { at }] of all) times.set(key, [...(times.get(key) ?? []), at])
  if (sessionGap === undefined) {
    for (const [key, ats] of times) {
      for (const at of ats) {
        for (let start = Math.floor(at / slideDuration) * slideDuration; start > at - windowDuration; start -= slideDuration) {
          windows.add(`${key} ${start}`)
        }
      }
    }
    return windows.size
  }
  let sessions = 0
  for (const ats of times.values()) {
    const sorted = ats.toSorted((left, right) => left - right)
    sessions += sorted.filter((at, i) => i === 0 || at - (sorted[i - 1] ?? 0) >= sessionGap).length
  }
  return sessions
}
