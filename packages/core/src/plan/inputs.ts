import type { Stage } from "./Plan.ts"

/** The slots that a stage reads, in order. */
export const inputsOf = (stage: Stage): ReadonlyArray<number> => {
  switch (stage._tag) {
    case "Receive":
      return []
    case "Effect":
      return [stage.input]
    case "Recall":
      return [stage.of]
    case "Fused":
    case "Union":
    case "Batch":
      return stage.inputs
  }
}
