import { dual } from "effect/Function"
import type { Key } from "../batch/Key.ts"
import { aggregate, type AnyDStream, type DStream, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * Combines the values of each key of the batch: `[key, combined]`, keys in the order in which they first came.
 *
 * @category keyed
 * @since 0.1.0
 */
export const reduceByKey: {
  <K extends Key, V extends Item>(
    f: (left: V, right: V) => V
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, V], E, R>
  <K extends Key, V, E, R>(
    self: DStream<readonly [K, V], E, R>,
    f: (left: V, right: V) => V
  ): DStream<readonly [K, V], E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) => aggregate(self, { op: "reduceByKey", f }))
