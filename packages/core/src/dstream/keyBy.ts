import { dual } from "effect/Function"
import { type AnyDStream, type DStream, isDStream, step } from "./Node.ts"
import type { Encoded, Key, Primitive } from "../batch/Key.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Gives every item a key: `item → [f(item), item]`. A structural key needs `encode`, which gives the primitive that
 * stands for it; results carry the object that came first.
 *
 * @category keyed
 * @since 0.1.0
 */
export const keyBy: {
  <A, K extends Key>(f: (item: A) => K): <E, R>(self: DStream<A, E, R>) => DStream<readonly [K, A], E, R>
  <A, K>(
    f: (item: A) => K,
    options: { readonly encode: (key: K) => Primitive }
  ): <E, R>(self: DStream<A, E, R>) => DStream<readonly [Encoded<K>, A], E, R>
  <A, E, R, K extends Key>(self: DStream<A, E, R>, f: (item: A) => K): DStream<readonly [K, A], E, R>
  <A, E, R, K>(
    self: DStream<A, E, R>,
    f: (item: A) => K,
    options: { readonly encode: (key: K) => Primitive }
  ): DStream<readonly [Encoded<K>, A], E, R>
} = dual(
  (args) => isDStream(args[0]),
  (self: AnyDStream, f: AnyFunction, options?: { readonly encode: AnyFunction }) =>
    step(self, { op: "keyBy", f, encode: options?.encode })
)
