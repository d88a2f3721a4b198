import { dual } from "effect/Function"
import type { Key } from "../batch/Key.ts"
import type { StateStore } from "../store/StateStore.ts"
import { boundProblems } from "./KeyedOptions.ts"
import { type AnyDStream, type DStream, remember } from "./Node.ts"
import { reducing, rememberedBy } from "./reducing.ts"
import { durationsOf, type WindowBoundOptions, type WindowKeyOptions, type WindowOptions, type WindowReduceOptions } from "./WindowOptions.ts"

/**
 * What `reduceByKeyAndWindow` is told.
 *
 * @category options
 * @since 0.1.0
 */
export interface KeyWindowOptions<in out K, in out V>
  extends WindowOptions, WindowReduceOptions<V>, WindowKeyOptions<K>, WindowBoundOptions
{
  /** What is emitted; with Spark's semantics also what is kept. */
  readonly filter?: ((value: NoInfer<V>, key: NoInfer<K>) => boolean) | undefined
  /**
   * `"all"`, the default, emits every key that has something in the window. `"changed"` emits those for which something
   * came or left since the last time; that a key has left altogether is not told.
   */
  readonly emit?: "all" | "changed" | undefined
}

/**
 * Combines the values that each key has in the last `windowDuration`, every `slideDuration`: `[key, combined]` at time
 * t of what came in (t - windowDuration, t], from the oldest to the newest. First the keys of the batch as it showed
 * them, then the others, the one longest in the window first. The first windows are of what there is so far; a key
 * leaves with its last value; with a slide longer than the window, what comes between two windows is not counted.
 *
 * `reduce` must be associative and need not be commutative. Costs one look-up per record, and per slide a few calls for
 * each key that is emitted or whose values leave, however long the window is (two stacks per key). With `inverse`,
 * where `inverse(reduce(a, b), a)` is `b` and `reduce` is commutative, it is a running total, which takes about
 * as long; it is taken anew when a key has one pane left, so rounding does not add up as long as keys pause.
 * What is kept: a value per key and pane, a pane being the greatest common divisor of the two durations.
 *
 * Spark keeps a key for ever where there is an inverse and no filter, at 0 or what else is left; with a slide longer
 * than the window it counts what a new key had in between. `semantics: "spark"` does both.
 *
 * What it remembers is held in memory, also over a store on disk.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import { TestPipeline } from "@millrace/core/testing"
 * import { Effect, Schema } from "effect"
 *
 * const output = await Effect.runPromise(TestPipeline.run([["a"], ["b", "a"], ["b"], []], (input) =>
 *   input.pipe(
 *     DStream.map((word) => [word, 1]),
 *     DStream.reduceByKeyAndWindow({
 *       name: "words of two seconds",
 *       windowDuration: "2 seconds",
 *       value: Schema.Number,
 *       reduce: (left, right) => left + right
 *     })
 *   )))
 * output.map((batch) => batch.items) // => [[["a", 1]], [["b", 1], ["a", 2]], [["b", 2], ["a", 1]], [["b", 1]]]
 * ```
 *
 * @category windows
 * @since 0.1.0
 */
export const reduceByKeyAndWindow: {
  <K extends Key, V>(
    options: KeyWindowOptions<K, V>
  ): <E, R>(self: DStream<readonly [K, V], E, R>) => DStream<readonly [K, V], E, R | StateStore>
  <K extends Key, V, E, R>(
    self: DStream<readonly [K, V], E, R>,
    options: KeyWindowOptions<K, V>
  ): DStream<readonly [K, V], E, R | StateStore>
} = dual(2, (self: AnyDStream, options: KeyWindowOptions<unknown, unknown>) =>
  remember(self, {
    op: "reduceByKeyAndWindow",
    name: options.name,
    keyed: true,
    keepsKeys: true,
    window: durationsOf(options),
    problems: [
      ...boundProblems(options),
      ...options.semantics === "spark" && options.emit === "changed"
        ? [{ option: "emit", problem: `"changed" does not go with semantics: "spark", which emits every key` }]
        : []
    ],
    remembered: rememberedBy(options),
    make: reducing(options)
  }))
