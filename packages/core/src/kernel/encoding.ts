/** How the pairs that flow between steps encode their keys, as far as it is known before anything runs. */
import type { Aggregation, AnyFunction, Step } from "./Step.ts"

/** Gives the primitive that stands for a structural key. `undefined`: keys are primitives themselves. */
export type Encode = AnyFunction | undefined

/** What is known of the keys after a step: a new item has no key, a new value keeps the key it had. */
export const afterStep = (encode: Encode, step: Step): Encode => {
  switch (step.op) {
    case "keyBy":
      return step.encode
    case "filter":
    case "mapValues":
    case "flatMapValues":
      return encode
    case "map":
    case "flatMap":
    case "split":
      return undefined
  }
}

/** Whether an aggregation looks at keys of pairs. `countByValue` looks at whole items. */
export const isKeyed = (aggregation: Aggregation): boolean => {
  switch (aggregation.op) {
    case "groupByKey":
    case "reduceByKey":
    case "combineByKey":
      return true
    case "remember":
      return aggregation.keyed
    case "collect":
    case "count":
    case "countByValue":
    case "reduce":
      return false
  }
}

/**
 * The encoding that holds at the end of a chain, and the step that a throwing `encode` belongs to: its `keyBy`, or the
 * aggregation where the pairs arrived with it.
 */
export const atEnd = (
  steps: ReadonlyArray<Step>,
  encode: Encode
): { readonly encode: Encode; readonly step: number } => {
  let known = encode
  let from = steps.length
  steps.forEach((step, index) => {
    known = afterStep(known, step)
    if (step.op === "keyBy") from = index
  })
  return { encode: known, step: from }
}
