import { dual } from "effect/Function"
import { type AnyDStream, type DStream, fromNode, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * A pure function of the whole batch: items in, items out.
 *
 * @category per batch
 * @since 0.1.0
 */
export const mapBatch: {
  <A, B extends Item>(
    f: (items: ReadonlyArray<A>) => ReadonlyArray<B>
  ): <E, R>(self: DStream<A, E, R>) => DStream<B, E, R>
  <A, E, R, B extends Item>(
    self: DStream<A, E, R>,
    f: (items: ReadonlyArray<A>) => ReadonlyArray<B>
  ): DStream<B, E, R>
} = dual(2, (self: AnyDStream, f: AnyFunction) =>
  fromNode({ _tag: "Batch", op: "mapBatch", parents: [self.node], f: itemsOnly(f) }))

/** The batch time stays away from a second, optional parameter. The name stays, for plans and errors. */
const itemsOnly = (f: AnyFunction): AnyFunction =>
  Object.defineProperty((items: unknown) => f(items), "name", { value: f.name })
