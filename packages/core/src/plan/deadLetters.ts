/** The output that a plan gets for what its steps set aside. */
import { deadLettersName, deadLetterSink } from "../dstream/deadLetterSink.ts"
import type { Plan, Stage } from "./Plan.ts"

/** Adds it where a step may need it. */
export const withDeadLetters = (plan: Plan): Plan => plan.stages.some(buries) ? addDeadLetters(plan) : plan

/** Adds it where only a record that ends the process may need it. */
export const withCrashes = (plan: Plan): Plan => plan.deadLetters === undefined ? addDeadLetters(plan) : plan

/** Adds a slot that no stage fills, which speaks in every batch. */
const addDeadLetters = (plan: Plan): Plan => {
  const slot = plan.slots
  return {
    ...plan,
    slots: slot + 1,
    slides: [...plan.slides, plan.settings.batchIntervalMillis],
    partitions: [...plan.partitions, 1],
    outputs: [...plan.outputs, { name: deadLettersName, input: slot, sink: deadLetterSink, onError: undefined }],
    deadLetters: slot
  }
}

/** Whether a stage may set something aside. */
export const buries = (stage: Stage): boolean => {
  switch (stage._tag) {
    case "Fused":
      return stage.steps.some(({ onError }) => onError === "dead-letter") ||
        stage.aggregation.op === "remember" && stage.aggregation.onMaxKeys === "dead-letter"
    case "Effect":
      return stage.onError === "dead-letter"
    case "Receive":
    case "Recall":
    case "Union":
    case "Batch":
      return false
  }
}
