/** What the tests of operators are made of: exact tables and random batches, each through both back ends. */
import { assert, it } from "@effect/vitest"
import type { Batch, DStream, PipelineError, StateStore } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Arbitrary, Cause, Effect, Exit, Schema } from "effect"
import { isDeepStrictEqual } from "node:util"

export type Batches<A> = ReadonlyArray<ReadonlyArray<A>>

/** A test run brings its own store. */
export type Build<A, B, E = never, R = StateStore> = (input: DStream.DStream<A>) => DStream.DStream<B, E, R>

const backends = ["generated", "closures"] as const

/** The batches that both back ends give; that they are the same, ids and times too, is asserted on the way. */
export const batchesOf = <A, B, E, R>(
  batches: Batches<A>,
  build: Build<A, B, E, R>,
  options?: TestPipeline.Options
): Effect.Effect<ReadonlyArray<Batch.Batch<B>>, PipelineError<E>, Exclude<R, StateStore>> =>
  Effect.gen(function*() {
    const [generated, closures] = yield* Effect.forEach(
      backends,
      (backend) => TestPipeline.run(batches, build, { ...options, backend })
    )
    assert(generated !== undefined && closures !== undefined)
    if (!isDeepStrictEqual(generated, closures)) assert.deepStrictEqual(generated, closures)
    return generated
  })

/** The items of every batch, from both back ends. */
export const itemsOf = <A, B, E, R>(
  batches: Batches<A>,
  build: Build<A, B, E, R>,
  options?: TestPipeline.Options
): Effect.Effect<Batches<B>, PipelineError<E>, Exclude<R, StateStore>> =>
  Effect.map(batchesOf(batches, build, options), (all) => all.map(({ items }) => items))

/** Exact cases: a title, the batches that come, the batches that go. */
export const table = <A, B>(
  build: Build<A, B>,
  cases: Readonly<Record<string, readonly [give: Batches<A>, get: Batches<unknown>]>>
): void => {
  for (const [title, [give, get]] of Object.entries(cases)) {
    it.effect(title, () => Effect.gen(function*() {
      assert.deepStrictEqual<unknown>(yield* itemsOf(give, build), get)
    }))
  }
}

/** All ways to write an operator give the same. */
export const forms = <A, B>(
  give: Batches<A>,
  get: Batches<unknown>,
  ways: Readonly<Record<string, Build<A, B>>>
): void => {
  for (const [way, build] of Object.entries(ways)) {
    it.effect(`is written ${way}`, () => Effect.gen(function*() {
      assert.deepStrictEqual<unknown>(yield* itemsOf(give, build), get)
    }))
  }
}

const batchesMin = 20

/** Batches of every size, from none to more than a slice of a loop holds. */
const cuts = <A>(item: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<Array<Array<A>>> =>
  Arbitrary.array(Arbitrary.array(item, { maxLength: 100 }), { minLength: batchesMin, maxLength: 40 })

/**
 * A thousand random batches and more: every one must come out as the naive reading says, in its order, from both back
 * ends. What fails is shrunk.
 */
export const agrees = <A, B>(
  title: string,
  item: Arbitrary.Arbitrary<A>,
  build: Build<A, B>,
  naive: (items: ReadonlyArray<A>, time: number) => ReadonlyArray<unknown>,
  { runs = 60 }: { readonly runs?: number } = {}
): void => {
  it.effect(title, () =>
    Effect.gen(function*() {
      let seen = 0
      const expected = (batches: Batches<A>) => batches.map((items, index) => naive(items, (index + 1) * 1000))
      const result = yield* Arbitrary.checkEffect(cuts(item), (batches) =>
        Effect.map(itemsOf(batches, build), (actual) => {
          seen += batches.length
          return isDeepStrictEqual(actual, expected(batches))
        }), { runs, size: 60 })
      if (result._tag === "Falsified") {
        const { replay, shrunkInput } = result
        assert.deepStrictEqual<unknown>(yield* itemsOf(shrunkInput, build), expected(shrunkInput), `replay ${replay}`)
      }
      assert.strictEqual(result._tag, "Passed")
      assert.isAtLeast(seen, runs * batchesMin)
    }))
}

/** Small numbers, so that they meet again. */
export const smallInt = Arbitrary.map(Arbitrary.schema(Schema.Int), (n) => Math.abs(n % 10))

/** Any number that there is: `NaN`, infinities, `-0`. */
export const anyNumber = Arbitrary.schema(Schema.Number)

/** Everything that has broken a table of keys somewhere. */
export const hostileKeys: ReadonlyArray<string | number | bigint | boolean> = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "",
  "1",
  1,
  1n,
  true,
  "true",
  NaN,
  "NaN",
  0,
  "0",
  Infinity,
  "\ud800",
  "\u0000",
  "a\u0301",
  "á"
]

/** A hostile key, with `-0` among them. */
export const hostileKey = Arbitrary.map(
  smallInt,
  (n) => n === 9 ? -0 : hostileKeys[n * 2 + (n % 2)] ?? ""
)

/** A pair of a hostile key and a small number. */
export const hostilePair = Arbitrary.map(
  Arbitrary.all([hostileKey, smallInt]),
  ([key, value]): readonly [string | number | bigint | boolean, number] => [key, value]
)

/** The error that a run fails with. */
export const failureOf = <A, B, E, R>(
  batches: Batches<A>,
  build: Build<A, B, E, R>,
  options?: TestPipeline.Options
): Effect.Effect<PipelineError<E>, never, Exclude<R, StateStore>> =>
  Effect.map(Effect.exit(TestPipeline.run(batches, build, options)), (exit) => {
    assert(Exit.isFailure(exit))
    const failed = exit.cause.reasons.find(Cause.isFailReason)
    assert(failed !== undefined)
    return failed.error
  })

/** The same failure from both back ends. */
export const failuresOf = <A, B, E, R>(
  batches: Batches<A>,
  build: Build<A, B, E, R>
): Effect.Effect<PipelineError<E>, never, Exclude<R, StateStore>> =>
  Effect.gen(function*() {
    const [generated, closures] = yield* Effect.forEach(backends, (backend) => failureOf(batches, build, { backend }))
    assert(generated !== undefined && closures !== undefined)
    assert.strictEqual(generated.message, closures.message)
    return generated
  })

/** Groups as one would without an engine: an array of entries, looked through from the front. */
export const naiveGroups = <K, V>(
  pairs: ReadonlyArray<readonly [K, V]>
): ReadonlyArray<readonly [K, ReadonlyArray<V>]> => {
  const groups: Array<readonly [K, Array<V>]> = []
  for (const [key, value] of pairs) {
    const known = groups.find(([other]) => sameKey(other, key))
    if (known === undefined) groups.push([withoutSign(key), [value]])
    else known[1].push(value)
  }
  return groups
}

/** A `Map` holds `-0` as `0`, and so does everything that reads keys out of one. */
const withoutSign = <K>(key: K): K => [...new Set([key])][0] ?? key

const sameKey = (left: unknown, right: unknown): boolean => [left].includes(right)

/** A function of the user's that throws at an item is blamed by name, with the place of the item. */
export const blames = <A, B>(step: string, item: number, give: Batches<A>, build: Build<A, B>): void => {
  it.effect(`names ${step} and item ${item} when its function throws`, () =>
    Effect.gen(function*() {
      const { reason } = yield* failuresOf(give, build)
      assert(reason._tag === "StepFailed")
      assert.deepStrictEqual([reason.step, reason.item, reason.batch.id], [step, item, give.length])
      assert.deepStrictEqual(reason.cause, Cause.die(boom))
    }))
}

/** What the functions of these tests throw. */
export const boom = new RangeError("boom")
