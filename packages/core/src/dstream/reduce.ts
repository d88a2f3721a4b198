import { dual } from "effect/Function"
import { aggregate, type AnyDStream, type DStream, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Combines the items of each batch into one, from the left. An empty batch gives an empty batch, one item is its own
 * result without a call.
 *
 * Costs one call per item but the first. `f` should be associative, so that its result does not depend on how a batch
 * is cut; here the order is always that of the items, so it need not be commutative as in Spark. `left` may be changed
 * in place and given back only where nobody else reads the items.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[1, 2, 3], [], [4]], (input) =>
 *   DStream.reduce(input, (left, right) => left + right)))
 * output.map((batch) => batch.items) // => [[6], [], [4]]
 * ```
 *
 * @category per batch
 * @since 0.1.0
 */
export const reduce: {
  <A extends Item>(
    f: (left: NoInfer<A>, right: NoInfer<A>) => NoInfer<A>
  ): <E, R>(self: DStream<A, E, R>) => DStream<A, E, R>
  <A, E, R>(self: DStream<A, E, R>, f: (left: A, right: A) => A): DStream<A, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => aggregate(self, { op: "reduce", f }))
