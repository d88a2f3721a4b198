/** What the tests of joins share: one input in two overlapping halves, and a join that looks through everything. */
import { assert, it } from "@effect/vitest"
import { DStream, type Key } from "@millrace/core"
import { Effect, Schema } from "effect"
import { agrees, failuresOf, hostilePair, itemsOf } from "./support.ts"

type Pair<K extends Key.Key = Key.Primitive, V = number> = readonly [K, V]
export type Pairs = ReadonlyArray<readonly [unknown, unknown]>
export type Join = <K extends Key.Key, V, W>(
  left: DStream.DStream<Pair<K, V>>,
  right: DStream.DStream<Pair<K, W>>
) => DStream.DStream<readonly [K, readonly [unknown, unknown]]>

interface Sided {
  readonly left: ReadonlyArray<readonly [string, number]>
  readonly right: ReadonlyArray<readonly [string, string]>
}

/** Batches of both sides, written as one input. */
export const both = (...batches: ReadonlyArray<Sided>): ReadonlyArray<ReadonlyArray<Sided>> => batches.map((one) => [one])

export const joinSided = (join: Join) => (input: DStream.DStream<Sided>) =>
  join(DStream.flatMap(input, ({ left }) => left), DStream.flatMap(input, ({ right }) => right))

/** Keys in the order in which they came, found by looking at every one. */
export const naiveKeys = (pairs: Pairs): ReadonlyArray<unknown> => {
  const keys: Array<unknown> = []
  for (const [key] of pairs) if (!keys.includes(key)) keys.push(Object.is(key, -0) ? 0 : key)
  return keys
}

export const valuesOf = (pairs: Pairs, key: unknown): ReadonlyArray<unknown> =>
  pairs.filter(([other]) => [other].includes(key)).map(([, value]) => value)

/** Whom a half of the input belongs to; 3 and 4 are in both, so that keys meet. */
const isLeft = ([, value]: readonly [unknown, number]) => value < 5
const isRight = ([, value]: readonly [unknown, number]) => value > 2

interface Structural {
  readonly part: unknown
}

const encode = ({ part }: Structural) => `${typeof part} ${String(part)}`

/** The join is what `naive` says of each key, for hostile keys and for encoded ones. */
export const joinsAs = (
  join: Join,
  naive: (lefts: ReadonlyArray<unknown>, rights: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
): void => {
  const expected = (left: Pairs, right: Pairs) =>
    naiveKeys([...left, ...right]).flatMap((key) =>
      naive(valuesOf(left, key), valuesOf(right, key)).map((result) => [key, result])
    )
  agrees(
    "joins as a naive reader would, with hostile keys",
    hostilePair,
    (input) => join(DStream.filter(input, isLeft), DStream.filter(input, isRight)),
    (items) => expected(items.filter(isLeft), items.filter(isRight))
  )
  agrees(
    "joins encoded keys by their encoding",
    hostilePair,
    (input) => {
      const keyed = input.pipe(
        DStream.keyBy(([part]): Structural => ({ part }), { encode }),
        DStream.mapValues(([, value]) => value)
      )
      return join(DStream.filter(keyed, isLeft), DStream.filter(keyed, isRight))
        .pipe(DStream.map(([key, value]) => [encode(key), value]))
    },
    (items) => {
      const named = items.map(([part, value]) => [encode({ part }), value] as const)
      return expected(named.filter(isLeft), named.filter(isRight))
    }
  )
}

/** What every join of two streams holds to. */
export const joinLaws = (name: string, join: Join): void => {
  it.effect("keys that come out encoded can be grouped again", () =>
    Effect.gen(function*() {
      const out = yield* itemsOf([[1, 2, 1]], (input) => {
        const keyed = DStream.keyBy(input, (part): Structural => ({ part }), { encode })
        return join(keyed, keyed).pipe(DStream.mapValues(() => 1), DStream.reduceByKey((left, right) => left + right))
      })
      assert.deepStrictEqual(out.map((items) => items.map(([key]) => key.part)), [[1, 2]])
    }))

  it.effect("refuses sides whose keys are encoded differently", () =>
    Effect.gen(function*() {
      const { reason } = yield* failuresOf([[1]], (input) =>
        join(
          DStream.keyBy(input, (part): Structural => ({ part }), { encode }),
          DStream.keyBy(input, (part): Structural => ({ part }), { encode: ({ part }) => String(part) })
        ))
      assert(reason._tag === "InvalidPipeline")
      assert.deepStrictEqual(reason.problems, [{ _tag: "ConflictingEncodings", operator: name, output: "collected" }])
    }))

  for (const side of ["left", "right"]) {
    it.effect(`refuses an object as a key of the ${side} side, though nothing may match it`, () =>
      Effect.gen(function*() {
        const cast: ReadonlyArray<Pair<string>> = JSON.parse(`[[{}, 1]]`)
        const { reason } = yield* failuresOf([cast], (input) => {
          const none = DStream.filter(input, () => false)
          return side === "left" ? join(input, none) : join(none, input)
        })
        assert(reason._tag === "StepFailed")
        assert.deepStrictEqual([reason.step, reason.item], [name, undefined])
      }))
  }

  it.effect("sides that come at different times are refused", () =>
    Effect.gen(function*() {
      const { reason } = yield* failuresOf([[["a", 1] as const]], (input) => {
        const window = DStream.window(input, {
          name: "w",
          windowDuration: "2 seconds",
          slideDuration: "2 seconds",
          item: Schema.Tuple([Schema.Literal("a"), Schema.Literal(1)])
        })
        // The store that the window needs is there in every test run.
        return join(input, window as DStream.DStream<readonly ["a", 1]>)
      })
      assert(reason._tag === "InvalidPipeline")
      assert.deepStrictEqual(reason.problems.map(({ _tag }) => _tag), ["DifferentSlides"])
    }))
}

