import type * as Duration from "effect/Duration"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import type { Primitive } from "../batch/Key.ts"
import { DistinctMemory } from "../kernel/DistinctMemory.ts"
import type { StateStore } from "../store/StateStore.ts"
import { type BoundOptions, boundProblems, durationProblems, keyStatesOf, type OnMaxKeys, refusalOf } from "./KeyedOptions.ts"
import { type AnyDStream, type DStream, remember } from "./Node.ts"
import type { NeedOf } from "./onError.ts"

/**
 * How long `distinct` remembers what it has seen.
 *
 * @category options
 * @since 0.1.0
 */
export interface DistinctOptions<out Full extends OnMaxKeys = OnMaxKeys> extends BoundOptions<Full> {
  /** Its identity from start to start: stable, unique in the pipeline. */
  readonly name: string
  /** An item comes again in a batch that is later than the one that emitted it by more than this. */
  readonly within?: Duration.Input | undefined
}

/**
 * What makes items of any kind the same.
 *
 * @category options
 * @since 0.1.0
 */
export interface DistinctByOptions<in A, out Full extends OnMaxKeys = OnMaxKeys> extends DistinctOptions<Full> {
  /** Two items are the same when this is. */
  readonly by: (item: A) => Primitive
}

/**
 * Lets each item through once, over all batches: the first of those that are the same, in the order of arrival. Items
 * are strings, numbers, bigints or booleans, the same as `Map` has them; for others `by` says what they are told apart
 * by, such as an id.
 *
 * What was seen is remembered until `within` has passed since it was emitted (what is kept from coming does not prolong
 * it), or for ever up to `maxKeys`: then the run fails, or with `onMaxKeys: "expireOldest"` what was emitted first is
 * forgotten. Costs one look-up per item. Spark has it per batch only, through `transform`.
 *
 * Its keys need not fit into memory: with `StateFiles.layerSqlite` a bounded number of them is held there.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["a", "b", "a"], ["b"], ["c", "a"]], (input) =>
 *   DStream.distinct(input, { name: "first seen", within: "1 second" })))
 * output.map((batch) => batch.items) // => [["a", "b"], [], ["c", "a"]]
 * ```
 *
 * @category state
 * @since 0.1.0
 */
export const distinct: {
  <A, Full extends OnMaxKeys = "fail">(
    options: DistinctByOptions<A, Full>
  ): <E, R>(self: DStream<A, E, R>) => DStream<A, E, R | StateStore | NeedOf<Full>>
  <Full extends OnMaxKeys = "fail">(
    options: DistinctOptions<Full>
  ): <A extends Primitive, E, R>(self: DStream<A, E, R>) => DStream<A, E, R | StateStore | NeedOf<Full>>
  <A, E, R, Full extends OnMaxKeys = "fail">(
    self: DStream<A, E, R>,
    options: DistinctByOptions<A, Full>
  ): DStream<A, E, R | StateStore | NeedOf<Full>>
  <A extends Primitive, E, R, Full extends OnMaxKeys = "fail">(
    self: DStream<A, E, R>,
    options: DistinctOptions<Full>
  ): DStream<A, E, R | StateStore | NeedOf<Full>>
} = dual(2, (self: AnyDStream, options: DistinctOptions & Partial<DistinctByOptions<unknown>>) => {
  const { within } = options
  const stateOf = keyStatesOf(options, Schema.Boolean, within)
  return remember(self, {
    op: "distinct",
    name: options.name,
    keyed: false,
    onMaxKeys: refusalOf(options),
    problems: [...boundProblems(options), ...durationProblems("within", within)],
    remembered: { state: Schema.Boolean, byKey: true },
    make: (plan) => new DistinctMemory(stateOf({ ...plan, encode: undefined }), options.by)
  })
})
