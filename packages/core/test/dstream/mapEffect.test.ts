import { assert, describe, it } from "@effect/vitest"
import { DStream, InvalidPipeline } from "@millrace/core"
import { Cause, Context, Effect } from "effect"
import { agrees, boom, failureOf, failuresOf, forms, itemsOf, smallInt, table } from "./support.ts"

class Prices extends Context.Service<Prices, { readonly of: (n: number) => Effect.Effect<string, "unknown"> }>()(
  "test/Prices"
) {}

/** Counts how many run at once, and how many were begun, ended and interrupted. */
const gauge = () => {
  const seen = { running: 0, most: 0, begun: 0, ended: 0, interrupted: 0 }
  const watch = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      seen.begun++
      seen.most = Math.max(seen.most, ++seen.running)
      return effect
    }).pipe(
      Effect.onInterrupt(() => Effect.sync(() => void seen.interrupted++)),
      Effect.ensuring(Effect.sync(() => void seen.running--)),
      Effect.tap(() => Effect.sync(() => void seen.ended++))
    )
  return { seen, watch }
}

describe("mapEffect", () => {
  table((input: DStream.DStream<number>) => DStream.mapEffect(input, (n) => Effect.succeed(n * 10)), {
    "an empty batch stays empty": [[[]], [[]]],
    "one": [[[1]], [[10]]],
    "many, in order": [[[3, 1, 2]], [[30, 10, 20]]],
    "batches stay apart": [[[1, 2], [], [3]], [[10, 20], [], [30]]]
  })

  forms([[1, 2]], [[2, 3]], {
    "data first": (input: DStream.DStream<number>) => DStream.mapEffect(input, (n) => Effect.succeed(n + 1)),
    "data last": (input) => input.pipe(DStream.mapEffect((n) => Effect.succeed(n + 1))),
    "data first with options": (input) =>
      DStream.mapEffect(input, (n) => Effect.succeed(n + 1), { concurrency: 2 }),
    "data last with options": (input) =>
      input.pipe(DStream.mapEffect((n) => Effect.succeed(n + 1), { concurrency: 2 }))
  })

  agrees(
    "keeps the order of the items, one at a time",
    smallInt,
    (input) => DStream.mapEffect(input, (n) => Effect.as(Effect.yieldNow, [n, n])),
    (items) => items.map((n) => [n, n])
  )

  for (const concurrency of [2, 7, Infinity]) {
    agrees(
      `keeps the order of the items, ${concurrency} at a time, whoever is done first`,
      smallInt,
      (input) => DStream.mapEffect(input, (n) => Effect.as(Effect.sleep(10 - n), n), { concurrency }),
      (items) => items,
      { runs: 10 }
    )
  }

  it.effect("the last may be done first, and is still the last", () =>
    Effect.gen(function*() {
      const done: Array<number> = []
      const out = yield* itemsOf([[30, 20, 10]], (input) =>
        DStream.mapEffect(input, (n) =>
          Effect.as(Effect.delay(Effect.sync(() => void done.push(n)), n), n), { concurrency: 3 }))
      assert.deepStrictEqual(done, [10, 20, 30, 10, 20, 30])
      assert.deepStrictEqual(out, [[30, 20, 10]])
    }))

  for (const [concurrency, most] of [[undefined, 1], [1, 1], [3, 3], [100, 20], [Infinity, 20]] as const) {
    it.effect(`runs ${most} of 20 at once with concurrency ${concurrency}`, () =>
      Effect.gen(function*() {
        const { seen, watch } = gauge()
        const items = Array.from({ length: 20 }, (_, index) => index)
        yield* itemsOf([items], (input) =>
          DStream.mapEffect(input, (n) => watch(Effect.as(Effect.sleep(5), n)), { concurrency }))
        assert.strictEqual(seen.most, most)
        assert.deepStrictEqual([seen.begun, seen.ended, seen.running], [40, 40, 0])
      }))
  }

  it.effect("the first failure interrupts the rest, begins no more and fails the batch", () =>
    Effect.gen(function*() {
      const { seen, watch } = gauge()
      const items = Array.from({ length: 20 }, (_, index) => index)
      const error = yield* failureOf([items], (input) =>
        DStream.mapEffect(input, (n) =>
          watch(n === 1 ? Effect.delay(Effect.fail("second" as const), 10) : Effect.never), { concurrency: 4 }))
      assert(error.reason._tag === "StepFailed")
      assert.deepStrictEqual(error.reason.cause, Cause.fail("second" as const))
      assert.deepStrictEqual([seen.begun, seen.interrupted, seen.running], [4, 3, 0])
    }))

  it.effect("one at a time, what comes after a failure is never begun", () =>
    Effect.gen(function*() {
      const { seen, watch } = gauge()
      yield* failureOf([[1, 2, 3]], (input) =>
        DStream.mapEffect(input, (n) => watch(n === 2 ? Effect.fail("two") : Effect.succeed(n))))
      assert.deepStrictEqual([seen.begun, seen.ended], [2, 1])
    }))

  it.effect("no batch is begun after one that failed", () =>
    Effect.gen(function*() {
      const { seen, watch } = gauge()
      const { reason } = yield* failureOf([[1], [2], [3]], (input) =>
        DStream.mapEffect(input, (n) => watch(n === 2 ? Effect.fail("two") : Effect.succeed(n))))
      assert(reason._tag === "StepFailed")
      assert.strictEqual(reason.batch.id, 2)
      assert.strictEqual(seen.begun, 2)
    }))

  it.effect("a function that throws is a defect of its batch", () =>
    Effect.gen(function*() {
      const { reason } = yield* failuresOf([[1]], (input) =>
        DStream.mapEffect(input, (): Effect.Effect<number> => {
          throw boom
        }))
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual(reason.cause, Cause.die(boom))
    }))

  it.effect("a function that gives no effect is blamed by name", () =>
    Effect.gen(function*() {
      const cheat: { readonly f: () => Effect.Effect<number> } = JSON.parse("{}")
      Object.assign(cheat, { f: () => undefined })
      const { reason } = yield* failuresOf([[1]], (input) => DStream.mapEffect(input, cheat.f))
      assert(reason._tag === "StepFailed")
      assert.strictEqual(reason.step, "mapEffect(f)")
    }))

  it.effect("an effect that interrupts itself does not hang the pipeline", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(itemsOf([[1]], (input) => DStream.mapEffect(input, () => Effect.interrupt)))
      assert.strictEqual(exit._tag, "Failure")
    }))

  it.effect("uses a service that the pipeline needs", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2]], (input) =>
        DStream.mapEffect(input, (n) => Effect.flatMap(Prices, (prices) => prices.of(n)))).pipe(
          Effect.provideService(Prices, { of: (n) => Effect.succeed(`${n} €`) })
        )
      assert.deepStrictEqual(out, [["1 €", "2 €"]])
    }))

  for (const concurrency of [0, -1, NaN, 1.5, -Infinity]) {
    it.effect(`concurrency ${concurrency} is refused before anything runs`, () =>
      Effect.gen(function*() {
        const { reason } = yield* failureOf([[1]], (input) => DStream.mapEffect(input, Effect.succeed, { concurrency }))
        assert(reason instanceof InvalidPipeline)
        assert.deepStrictEqual(reason.problems.map(({ _tag }) => _tag), ["BadConcurrency"])
      }))
  }
})
