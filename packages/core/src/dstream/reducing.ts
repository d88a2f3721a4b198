/** What windows that combine values have in common. */
import type { Memory, MemoryPlan } from "../kernel/Memory.ts"
import { RunningTotal, TwoStacks } from "../kernel/Pile.ts"
import { SparkWindow } from "../kernel/SparkWindow.ts"
import { WindowReduce } from "../kernel/WindowReduce.ts"
import { codecOf } from "./jsonCodec.ts"
import type { Remembered } from "./Node.ts"
import { boundOf, type WindowBoundOptions, type WindowKeyOptions, type WindowReduceOptions } from "./WindowOptions.ts"

interface Options extends WindowReduceOptions<unknown>, WindowKeyOptions<unknown>, WindowBoundOptions {
  readonly name: string
  readonly filter?: ((value: unknown, key: unknown) => boolean) | undefined
  readonly emit?: "all" | "changed" | undefined
}

/** Spark's way keeps what this library's does not: the values of a window that were filtered. */
export const rememberedBy = ({ inverse, key, semantics, value }: Options): Remembered => {
  const isSpark = semantics === "spark" && inverse !== undefined
  return { state: value, key, perBatch: isSpark, parameters: isSpark ? { semantics } : {} }
}

export const reducing = (options: Options): (plan: MemoryPlan) => Memory => {
  const { emit, filter, inverse, reduce, semantics } = options
  const json = { value: codecOf(options.value), key: options.key === undefined ? undefined : codecOf(options.key) }
  const bound = boundOf(options)
  if (semantics === "spark" && inverse !== undefined) {
    return (plan) => new SparkWindow(plan, { reduce, inverse, filter, json, bound })
  }
  return (plan) =>
    new WindowReduce(plan, {
      first: (value) => value,
      merge: reduce,
      pile: (panes) => inverse === undefined ? new TwoStacks(reduce, panes) : new RunningTotal(reduce, inverse),
      coarse: true,
      filter,
      changedOnly: emit === "changed",
      json,
      bound
    })
}
