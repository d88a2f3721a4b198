import { assert, describe, it } from "@effect/vitest"
import { Receiver } from "@millrace/core"
import * as Clock from "effect/Clock"
import { Intake } from "../../src/runtime/Intake.ts"
import { Pacer } from "../../src/runtime/Pacer.ts"
import * as RateLimit from "../../src/runtime/RateLimit.ts"
import * as Result from "effect/Result"

const intakeAt = (rate: number): Intake => {
  const limit = Result.getOrThrow(RateLimit.make({ initialRate: rate, maxRate: rate, backpressure: false, batchIntervalMillis: 10 }))
  const receiver = Receiver.fromIterable({ name: "some" }, [1])
  return new Intake(0, receiver, new Pacer(rate, Clock.Clock.defaultValue()), limit)
}

describe("what a per-batch receiver may give", () => {
  it("is all that there is room for where there is no limit, also at a boundary that was due before the run", () => {
    const intake = intakeAt(Infinity)
    assert.deepStrictEqual([0, 0.01, 0].map((seconds) => intake.allow(seconds, 400)), [400, 400, 400])
  })

  it("is what the rate allows, with what was left of the batches before", () => {
    const intake = intakeAt(100)
    assert.strictEqual(intake.allow(0, 400), 0)
    assert.strictEqual(intake.allow(0.5, 400), 50)
    intake.spend(20)
    assert.strictEqual(intake.allow(0.1, 400), 40)
    assert.strictEqual(intake.allow(100, 400), 400)
  })
})
