import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Pacing from "../../src/runtime/pacing.ts"

describe("pacing", () => {
  it("lets the first block pass at once and makes the next pay for it", () => {
    const first = Pacing.take(Pacing.idle, { nowMillis: 5000, records: 500, rate: 1000 })
    assert.deepStrictEqual(first, { pacing: { freeAtMillis: 5500 }, waitMillis: 0 })
    const second = Pacing.take(first.pacing, { nowMillis: 5100, records: 100, rate: 1000 })
    assert.deepStrictEqual(second, { pacing: { freeAtMillis: 5600 }, waitMillis: 400 })
  })

  it("does not save up idle time", () => {
    const { pacing } = Pacing.take({ freeAtMillis: 100 }, { nowMillis: 60_000, records: 10, rate: 1000 })
    assert.strictEqual(pacing.freeAtMillis, 60_010)
  })

  it("a new rate prices later blocks only", () => {
    const slow = Pacing.take(Pacing.idle, { nowMillis: 0, records: 100, rate: 100 }).pacing
    const fast = Pacing.take(slow, { nowMillis: 0, records: 100, rate: 1000 })
    assert.deepStrictEqual(fast, { pacing: { freeAtMillis: 1100 }, waitMillis: 1000 })
  })

  it("without a limit nothing waits", () => {
    const { pacing, waitMillis } = Pacing.take(Pacing.idle, { nowMillis: 7, records: 1e9, rate: Infinity })
    assert.deepStrictEqual([pacing.freeAtMillis, waitMillis], [7, 0])
  })

  it.prop("a receiver that waits as told takes exactly its rate, however the records are cut into blocks", [
    Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5000 }))))
  ], ([blocks]) => {
    let pacing = Pacing.idle
    let nowMillis = 0
    let taken = 0
    for (const records of blocks) {
      const step = Pacing.take(pacing, { nowMillis, records, rate: 250 })
      pacing = step.pacing
      nowMillis += step.waitMillis
      if (Math.abs(nowMillis - taken / 250 * 1000) > 1e-3) return false
      taken += records
    }
    return true
  })
})
