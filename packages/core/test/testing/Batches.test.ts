import { assert, describe, it } from "@effect/vitest"
import { Batches, Law } from "@millrace/core/testing"
import { Arbitrary, Effect, Schema } from "effect"

const item = Arbitrary.schema(Schema.Literals(["a", "b", "c"]))

describe("Batches", () => {
  const joined = Law.make("two cuts hold the same items", Batches.twoCuts(item), ([left, right]) =>
    Law.same("they differ", left.flat(), right.flat()), { runs: 1_000 })
  it.effect(joined.name, () => joined.check)

  it.effect("cuts in every way: all at once, one each, with empty batches first, between and last", () =>
    Effect.gen(function*() {
      const cuts = yield* Arbitrary.sampleEffect(Batches.cutsOf([1, 2, 3]), { count: 2_000 })
      const seen = new Set(cuts.map((batches) => JSON.stringify(batches)))
      for (const cut of [[[1, 2, 3]], [[1], [2], [3]], [[], [1], [], [2], [], [3]], [[1, 2], [3]], [[], [], [1, 2, 3]], [[1, 2, 3], []]]) {
        assert(seen.has(JSON.stringify(cut)), `never cut into ${JSON.stringify(cut)}`)
      }
    }))

  it.effect("keep to their bounds", () =>
    Effect.gen(function*() {
      const options = { minBatches: 2, maxBatches: 4, maxItems: 3 }
      const all = yield* Arbitrary.sampleEffect(Batches.arbitrary(item, options), { count: 500 })
      assert.deepStrictEqual([...new Set(all.map(({ length }) => length))].toSorted(), [2, 3, 4])
      assert.strictEqual(Math.max(...all.flat().map(({ length }) => length)), 3)
    }))

  it.effect("legs stop after one batch or more", () =>
    Effect.gen(function*() {
      const all = yield* Arbitrary.sampleEffect(Batches.withLegs(item), { count: 200 })
      assert(all.every(([batches, legs]) => batches.length >= 2 && legs.length > 0 && Math.min(...legs) >= 1))
    }))
})

describe("Law", () => {
  const numbers = Arbitrary.array(Arbitrary.schema(Schema.Int))

  it.effect("passes", () => Law.make("holds", numbers, () => Effect.void).check)

  it.effect("what dies in it breaks it, with the defect", () =>
    Effect.gen(function*() {
      const boom = new RangeError("boom")
      const law = Law.make("dies", numbers, (list) => list.length > 2 ? Effect.die(boom) : Effect.void)
      const broken = yield* Effect.flip(law.check)
      assert.deepStrictEqual([broken.why, broken.actual], ["something died", boom])
      assert.strictEqual(Array.isArray(broken.counterexample) && broken.counterexample.length, 3)
    }))

  it.effect("what throws before it is an effect breaks it too", () =>
    Effect.gen(function*() {
      const law = Law.make("throws", numbers, (): Effect.Effect<void> => assert.fail("boom"))
      assert.strictEqual((yield* Effect.flip(law.check)).why, "something died")
    }))

  it.effect("a law that no input could be made for does not pass", () =>
    Effect.gen(function*() {
      const broken = yield* Effect.flip(Law.make("never", Arbitrary.filter(numbers, () => false), () => Effect.void).check)
      assert.strictEqual(broken.replay, "")
    }))

  it.effect("shows a long counterexample only in part", () =>
    Effect.gen(function*() {
      const long = Arbitrary.Constant("x".repeat(100_000))
      const broken = yield* Effect.flip(Law.make("long", long, () => Law.same("they differ", 1, 2)).check)
      assert.isBelow(broken.message.length, 3_000)
      assert.include(broken.message, "Broken: long")
    }))
})
