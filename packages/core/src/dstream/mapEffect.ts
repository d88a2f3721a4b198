import { dual } from "effect/Function"
import type * as Effect from "effect/Effect"
import { type AnyDStream, type DStream, fromNode, isDStream, type Item } from "./Node.ts"
import type { AnyFunction } from "../kernel/Step.ts"

/**
 * An effect for each item, at most `concurrency` at a time (default 1): `A` to an effect of `B`. Results keep the order
 * of the items, whichever effect ends first. The pipeline may fail with what the effects fail with, and needs what they
 * need.
 *
 * The first failure interrupts the rest and fails the batch. Costs an effect per item, hundreds of times a `map`: where
 * a service answers for many at once, `transformEffect` asks it once per batch. Concurrency must be a positive whole
 * number or `Infinity`, or the pipeline is refused. Spark has no such operator.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([[3, 1, 2], []], (input) =>
 *   DStream.mapEffect(input, (n) => Effect.as(Effect.sleep(n), n * 10), { concurrency: 2 })))
 * output.map((batch) => batch.items) // => [[30, 10, 20], []]
 * ```
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
