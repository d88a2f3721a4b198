import { dual } from "effect/Function"
import type * as Effect from "effect/Effect"
import { type AnyDStream, type DStream, fromNode, isDStream, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * An effect for each item, at most `concurrency` at a time; results keep the order of the items. The first failure
 * interrupts the rest and fails the batch.
 *
 * @category effects
 * @since 0.1.0
 */
export const mapEffect: {
  <A, B extends Item, E2, R2>(
    f: (item: A) => Effect.Effect<B, E2, R2>,
    options?: { readonly concurrency?: number | undefined }
  ): <E, R>(self: DStream<A, E, R>) => DStream<B, E | E2, R | R2>
  <A, E, R, B extends Item, E2, R2>(
    self: DStream<A, E, R>,
    f: (item: A) => Effect.Effect<B, E2, R2>,
    options?: { readonly concurrency?: number | undefined }
  ): DStream<B, E | E2, R | R2>
} = dual(
  (args) => isDStream(args[0]),
  (self: AnyDStream, f: AnyFunction, options?: { readonly concurrency?: number | undefined }) =>
    fromNode({
      _tag: "Effect",
      op: "mapEffect",
      parent: self.node,
      f,
      perItem: true,
      concurrency: options?.concurrency ?? 1
    })
)
