import { dual } from "effect/Function"
import { type AnyDStream, type DStream, type Item, step } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Changes every item. Batches keep their size; an empty batch stays empty.
 *
 * `[1, 2] → f → [f(1), f(2)]`
 *
 * @category per item
 * @since 0.1.0
 */
export const map: {
  <A, B extends Item>(f: (item: A) => B): <E, R>(self: DStream<A, E, R>) => DStream<B, E, R>
  <A, E, R, B extends Item>(self: DStream<A, E, R>, f: (item: A) => B): DStream<B, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => step(self, { op: "map", f }))
