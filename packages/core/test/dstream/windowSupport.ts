/** What the tests of window operators are made of: random windows over random batches, in one go and in legs. */
import { assert, it } from "@effect/vitest"
import type { DStream, StateStore } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Arbitrary, Effect } from "effect"
import { isDeepStrictEqual } from "node:util"
import { type Fed, fed, type Shape } from "./naiveWindows.ts"
import { type Batches, batchesOf, smallInt } from "./support.ts"

/** Both durations in whole seconds, as an operator takes them. */
export interface Durations {
  readonly windowDuration: number
  readonly slideDuration: number
}

type Build<A, B> = (input: DStream.DStream<A>, durations: Durations) => DStream.DStream<B, never, StateStore>

const seconds = Arbitrary.map(smallInt, (n) => (n % 8 + 1) * 1000)

type Case<A> = readonly [Batches<A>, windowDuration: number, slideDuration: number, first: number, second: number]

const casesOf = <A>(item: Arbitrary.Arbitrary<A>) =>
  Arbitrary.all([
    Arbitrary.array(Arbitrary.array(item, { maxLength: 12 }), { minLength: 20, maxLength: 40 }),
    seconds,
    seconds,
    smallInt,
    smallInt
  ])

const backends = ["generated", "closures"] as const

/**
 * A thousand random batches and more under random windows, through both back ends, come out as a naive reader says; and
 * the same when the pipeline is stopped twice on the way.
 */
export const windowAgrees = <A, B>(
  title: string,
  item: Arbitrary.Arbitrary<A>,
  build: Build<A, B>,
  naive: (batches: ReadonlyArray<Fed<A>>, shape: Shape) => ReadonlyArray<Fed<unknown>>
): void => {
  it.effect(title, () =>
    Effect.gen(function*() {
      let seen = 0
      const both = ([batches, windowDuration, slideDuration, first, second]: Case<A>) =>
        Effect.gen(function*() {
          const durations = { windowDuration, slideDuration }
          const whole = yield* batchesOf(batches, (input) => build(input, durations))
          seen += batches.length
          const cut = [first + 1, second + 1]
          const legs = [...cut, batches.length - first - second - 2].filter((count) => count > 0)
          const backend = backends[first % 2] ?? "generated"
          const resumed = yield* TestPipeline.runInLegs(batches, legs, (input) => build(input, durations), { backend })
          const expected = naive(fed(batches), { windowMillis: windowDuration, slideMillis: slideDuration })
          const timed = (all: typeof whole) => all.map(({ items, time }) => ({ time, items }))
          return { whole: timed(whole), resumed: timed(resumed), expected }
        })
      const holds = ({ expected, resumed, whole }: Effect.Success<ReturnType<typeof both>>) =>
        isDeepStrictEqual(whole, expected) && isDeepStrictEqual(resumed, expected)
      const check = (one: Case<A>) => Effect.map(both(one), holds)
      const result = yield* Arbitrary.checkEffect(casesOf(item), check, { runs: 50, size: 60 })
      if (result._tag === "Falsified") {
        const { expected, resumed, whole } = yield* both(result.shrunkInput)
        assert.deepStrictEqual<unknown>(whole, expected, JSON.stringify(result.shrunkInput))
        assert.deepStrictEqual<unknown>(resumed, expected, `in legs: ${JSON.stringify(result.shrunkInput)}`)
      }
      assert.strictEqual(result._tag, "Passed", Arbitrary.formatCheckFailure(result))
      assert.isAtLeast(seen, 1000)
    }))
}

/** The items of every batch that comes out, with its time in seconds. */
export const spoken = <A, B, E, R>(
  batches: Batches<A>,
  build: (input: DStream.DStream<A>) => DStream.DStream<B, E, R>,
  runOn = 0
) => Effect.map(batchesOf(batches, build, { runOn }), (all) => all.map(({ items, time }) => [time / 1000, items]))
