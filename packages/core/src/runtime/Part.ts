/** Some of the records of a chunk, where a batch ends in the middle of it. */
import type { Receiver } from "../dstream/Receiver.ts"
import { notText, toArray } from "../kernel/guard.ts"
import type { AnyFunction, Step } from "../kernel/Step.ts"
import type { Plan, Stage } from "../plan/Plan.ts"

export class Part {
  readonly records: ReadonlyArray<unknown>
  constructor(records: ReadonlyArray<unknown>) {
    this.records = records
  }
}

/** What a decoder's step makes of a chunk. */
const resultOf = (step: Step): AnyFunction => {
  switch (step.op) {
    case "split":
      return (text) => {
        if (typeof text !== "string") throw notText(text)
        return text.split(step.separator)
      }
    case "flatMap":
      return (chunk) => toArray(step.f(chunk))
    default:
      return (chunk) => [chunk]
  }
}

/** Cuts a chunk as the decoder does. One that cannot be cut is one record, and its step will say so. */
export const splitOf = ({ decoder }: Receiver<unknown, unknown, unknown>): AnyFunction | undefined => {
  const [step] = decoder.steps
  if (step === undefined) return undefined
  const split = resultOf(step)
  return (chunk) => {
    try {
      return split(chunk)
    } catch {
      return [undefined]
    }
  }
}

/** The plan with decoders that know parts of chunks. */
export const withParts = (plan: Plan): Plan => {
  const decoders = new Set(plan.stages.flatMap((stage) => stage._tag === "Receive" ? stage.receiver.decoder.steps : []))
  const known = (step: Step) => decoders.has(step) || step.receiver !== undefined ? knowingParts(step) : step
  return {
    ...plan,
    stages: plan.stages.map((stage): Stage =>
      stage._tag === "Fused" ? { ...stage, steps: stage.steps.map(known) } : stage)
  }
}

const knowingParts = (step: Step): Step => {
  const split = resultOf(step)
  return {
    op: "flatMap",
    f: (chunk) => chunk instanceof Part ? chunk.records : split(chunk),
    onError: step.onError,
    receiver: step.receiver
  }
}
