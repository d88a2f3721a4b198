import { dual } from "effect/Function"
import { type AnyDStream, type DStream, type Item, step } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Changes the value of every pair and keeps its key.
 *
 * @category keyed
 * @since 0.1.0
 */
export const mapValues: {
  <K, V, W extends Item>(
    f: (value: V) => W
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, W], E, R>
  <K, V, E, R, W extends Item>(
    self: DStream<readonly [K, V], E, R>,
    f: (value: V) => W
  ): DStream<readonly [K, W], E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => step(self, { op: "mapValues", f }))
