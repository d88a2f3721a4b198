import { dual } from "effect/Function"
import { type AnyDStream, type DStream, step } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Keeps the items for which `predicate` is true. A type guard narrows the stream.
 *
 * @category per item
 * @since 0.1.0
 */
export const filter: {
  <A, B extends A>(predicate: (item: NoInfer<A>) => item is B): <E, R>(self: DStream<A, E, R>) => DStream<B, E, R>
  <A>(predicate: (item: NoInfer<A>) => boolean): <E, R>(self: DStream<A, E, R>) => DStream<A, E, R>
  <A, E, R, B extends A>(self: DStream<A, E, R>, predicate: (item: A) => item is B): DStream<B, E, R>
  <A, E, R>(self: DStream<A, E, R>, predicate: (item: A) => boolean): DStream<A, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => step(self, { op: "filter", f }))
