import { type Kernel, StepFailure } from "../../src/kernel/Kernel.ts"
import { type Backend, makeKernel } from "../../src/kernel/makeKernel.ts"
import type { Aggregation, AnyFunction, Step } from "../../src/kernel/Step.ts"

export const backends: ReadonlyArray<Backend> = ["generated", "closures"]

/** One batch of one segment. */
export const runKernel = (kernel: Kernel, items: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const accumulator = kernel.begin()
  kernel.run(items, 0, items.length, accumulator)
  return kernel.finish(accumulator)
}

export interface Loop {
  readonly steps?: ReadonlyArray<Step>
  readonly aggregation?: Aggregation
  readonly encode?: AnyFunction
}

export const kernelOf = ({ aggregation = { op: "collect" }, encode, steps = [] }: Loop, backend: Backend): Kernel =>
  makeKernel(steps, aggregation, encode, backend)

/** The failure that ends a loop over the items. */
export const failureOf = (loop: Loop, backend: Backend, items: ReadonlyArray<unknown>): StepFailure => {
  const kernel = kernelOf(loop, backend)
  try {
    runKernel(kernel, items)
  } catch (error) {
    if (error instanceof StepFailure) return error
    throw error
  }
  throw new Error("The loop did not fail")
}
