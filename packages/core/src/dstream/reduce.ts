import { dual } from "effect/Function"
import { aggregate, type AnyDStream, type DStream, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Combines the items of each batch into one. An empty batch gives an empty batch. `f` must be associative.
 *
 * @category per batch
 * @since 0.1.0
 */
export const reduce: {
  <A extends Item>(f: (left: NoInfer<A>, right: NoInfer<A>) => NoInfer<A>): <E, R>(self: DStream<A, E, R>) => DStream<A, E, R>
  <A, E, R>(self: DStream<A, E, R>, f: (left: A, right: A) => A): DStream<A, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => aggregate(self, { op: "reduce", f }))
