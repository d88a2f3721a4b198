import { dual } from "effect/Function"
import { type AnyDStream, type DStream, type Item, step } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Gives none, one or many items for each. An array is fastest; a generator costs about 2.5 times as much.
 *
 * @category per item
 * @since 0.1.0
 */
export const flatMap: {
  <A, B extends Item>(f: (item: A) => Iterable<B>): <E, R>(self: DStream<A, E, R>) => DStream<B, E, R>
  <A, E, R, B extends Item>(self: DStream<A, E, R>, f: (item: A) => Iterable<B>): DStream<B, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => step(self, { op: "flatMap", f }))
