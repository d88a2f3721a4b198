/** What windows that combine values have in common. */
import type * as Schema from "effect/Schema"
import type { Memory, MemoryPlan } from "../kernel/Memory.ts"
import { RunningTotal, TwoStacks } from "../kernel/Pile.ts"
import { SparkWindow } from "../kernel/SparkWindow.ts"
import { WindowReduce } from "../kernel/WindowReduce.ts"
import { codecOf } from "./jsonCodec.ts"
import { type WindowKeyOptions } from "./windowOptions.ts"

/**
 * How the values of a window become one.
 *
 * @category options
 * @since 0.1.0
 */
export interface WindowReduceOptions<in out V> {
  /** Writes values down, so that a pipeline that starts again has its window. */
  readonly value: Schema.Codec<V, unknown>
  /** Associative. */
  readonly reduce: (left: NoInfer<V>, right: NoInfer<V>) => NoInfer<V>
  /** Takes `left` off `total`, where `left` is the older part of what `total` was combined from. */
  readonly inverse?: ((total: NoInfer<V>, left: NoInfer<V>) => NoInfer<V>) | undefined
  /** What happens where Spark differs on purpose; it only does with an `inverse`. */
  readonly semantics?: "millrace" | "spark" | undefined
}

interface Options extends WindowReduceOptions<unknown>, WindowKeyOptions<unknown> {
  readonly filter?: ((value: unknown, key: unknown) => boolean) | undefined
  readonly emit?: "all" | "changed" | undefined
}

export const reducing = (options: Options): (plan: MemoryPlan) => Memory => {
  const { emit, filter, inverse, reduce, semantics } = options
  const json = { value: codecOf(options.value), key: options.key === undefined ? undefined : codecOf(options.key) }
  if (semantics === "spark" && inverse !== undefined) {
    return (plan) => new SparkWindow(plan, { reduce, inverse, filter, json })
  }
  return (plan) =>
    new WindowReduce(plan, {
      first: (value) => value,
      merge: reduce,
      pile: (panes) => inverse === undefined ? new TwoStacks(reduce, panes) : new RunningTotal(reduce, inverse),
      coarse: true,
      filter,
      changedOnly: emit === "changed",
      json
    })
}
