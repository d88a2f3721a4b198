/**
 * Arbitraries for batches, and for every way to cut the same items into batches.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

/**
 * The items of batch after batch.
 *
 * @category models
 * @since 0.1.0
 */
export type Batches<A> = ReadonlyArray<ReadonlyArray<A>>

/**
 * How much an arbitrary makes.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** Defaults to 0. */
  readonly minBatches?: number | undefined
  /** Defaults to 20. */
  readonly maxBatches?: number | undefined
  /** Of all batches together, for a cut; of each batch, for `arbitrary`. Defaults to 20. */
  readonly maxItems?: number | undefined
}

const intBelow = (end: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Math.max(0, end - 1) })))

/**
 * Any batches, empty ones and none among them.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export const arbitrary = <A>(item: Arbitrary.Arbitrary<A>, options?: Options): Arbitrary.Arbitrary<Batches<A>> =>
  Arbitrary.array(Arbitrary.array(item, { maxLength: options?.maxItems ?? 20 }), {
    minLength: options?.minBatches ?? 0,
    maxLength: options?.maxBatches ?? 20
  })

/**
 * Every way to cut these items into batches: all at once, one each, one each with empty batches between, and at random
 * with empty batches anywhere. Joined, the batches of each are the items.
 *
 * ```ts import.meta.vitest
 * import { Batches } from "@millrace/core/testing"
 * import { Arbitrary, Effect } from "effect"
 *
 * const cuts = await Effect.runPromise(Arbitrary.sampleEffect(Batches.cutsOf(["a", "b", "c"]), { count: 50 }))
 * cuts.every((batches) => batches.flat().join("") === "abc") // => true
 * ```
 *
 * @category arbitraries
 * @since 0.1.0
 */
export const cutsOf = <A>(items: ReadonlyArray<A>): Arbitrary.Arbitrary<Batches<A>> =>
  Arbitrary.flatMap(intBelow(8), (way) => {
    switch (way) {
      case 0:
        return Arbitrary.Constant<Batches<A>>([items])
      case 1:
        return Arbitrary.Constant<Batches<A>>(items.map((item) => [item]))
      case 2:
        return Arbitrary.Constant<Batches<A>>(items.flatMap((item) => [[], [item]]))
      default:
        return Arbitrary.map(
          Arbitrary.array(intBelow(5), { maxLength: items.length + 4 }),
          (sizes) => cut(items, sizes)
        )
    }
  })

/** Batches of these sizes, one after the other, and one more with what is left. */
const cut = <A>(items: ReadonlyArray<A>, sizes: ReadonlyArray<number>): Batches<A> => {
  const batches: Array<ReadonlyArray<A>> = []
  let from = 0
  for (const size of sizes) batches.push(items.slice(from, from += size))
  return from < items.length ? [...batches, items.slice(from)] : batches
}

/**
 * The same items cut in two ways.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export const twoCuts = <A>(
  item: Arbitrary.Arbitrary<A>,
  options?: Options
): Arbitrary.Arbitrary<readonly [Batches<A>, Batches<A>]> =>
  Arbitrary.flatMap(
    Arbitrary.array(item, { maxLength: options?.maxItems ?? 20 }),
    (items) => Arbitrary.all([cutsOf(items), cutsOf(items)])
  )

/**
 * Batches, and after how many of them, again and again, a run stops and another goes on. The last leg takes the rest.
 *
 * @category arbitraries
 * @since 0.1.0
 */
export const withLegs = <A>(
  item: Arbitrary.Arbitrary<A>,
  options?: Options
): Arbitrary.Arbitrary<readonly [batches: Batches<A>, legs: ReadonlyArray<number>]> =>
  Arbitrary.all([
    arbitrary(item, { minBatches: 2, ...options }),
    Arbitrary.array(Arbitrary.map(intBelow(5), (n) => n + 1), { minLength: 1, maxLength: 6 })
  ])
