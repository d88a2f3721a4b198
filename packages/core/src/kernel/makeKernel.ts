/** Makes the kernel of a fused stage, with the back end that was asked for where it is possible. */
import { beginOf, finishOf } from "./accumulate.ts"
import { compose } from "./compose.ts"
import { generate } from "./generate.ts"
import type { Kernel } from "./Kernel.ts"
import type { Aggregation, AnyFunction, Step } from "./Step.ts"

/** How loops are made: both give the same results. */
export type Backend = "generated" | "closures"

let allowed: boolean | undefined

/** Whether this process lets code be generated. Asked once, and only when the first kernel is made. */
const canGenerate = (): boolean => {
  if (allowed === undefined) {
    try {
      allowed = new Function("return true")() === true
    } catch {
      allowed = false
    }
  }
  return allowed
}

/** The back end that is used when this one is asked for: generated code falls back to closures where it is refused. */
export const chooseBackend = (asked: Backend | undefined): Backend =>
  asked !== "closures" && canGenerate() ? "generated" : "closures"

/** `encode` belongs to the keys of pairs that arrive; a `keyBy` among the steps brings its own. */
export const makeKernel = (
  steps: ReadonlyArray<Step>,
  aggregation: Aggregation,
  encode?: AnyFunction | undefined,
  backend?: Backend | undefined
): Kernel => ({
  begin: beginOf(aggregation),
  run: chooseBackend(backend) === "generated"
    ? generate(steps, aggregation, encode)
    : compose(steps, aggregation, encode),
  finish: finishOf(aggregation)
})
