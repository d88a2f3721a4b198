import { dual } from "effect/Function"
import { type AnyDStream, type DStream, type Item, step } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Gives none, one or many values for each, under the same key.
 *
 * @category keyed
 * @since 0.1.0
 */
export const flatMapValues: {
  <K, V, W extends Item>(
    f: (value: V) => Iterable<W>
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, W], E, R>
  <K, V, E, R, W extends Item>(
    self: DStream<readonly [K, V], E, R>,
    f: (value: V) => Iterable<W>
  ): DStream<readonly [K, W], E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => step(self, { op: "flatMapValues", f }))
