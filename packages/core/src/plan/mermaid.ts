/** A plan as a mermaid flowchart. */
import { inputsOf } from "./inputs.ts"
import type { Plan, Stage } from "./Plan.ts"

export const mermaid = (plan: Plan): string =>
  [
    "flowchart TD",
    ...plan.stages.map((stage) => `  s${stage.slot}${box(stage)}`),
    ...plan.outputs.map(({ name, sink }, index) => `  o${index}[["${escape(name)}<br/>${sink.commitClass}"]]`),
    ...plan.stages.flatMap((stage) => inputsOf(stage).map((input) => `  s${input} --> s${stage.slot}`)),
    ...plan.outputs.map(({ input }, index) => `  s${input} --> o${index}`),
    ""
  ].join("\n")

const box = (stage: Stage): string => {
  const label = escape(stage.name)
  return stage._tag === "Receive" ? `(["${label}<br/>${stage.receiver.delivery}"])` : `["${label}"]`
}

/** Everything that means something to mermaid or to the HTML it makes becomes a character code. */
const escape = (label: string): string =>
  label.replace(/[^\p{L}\p{N} _.,()$…-]/gu, (character) => `#${character.codePointAt(0)};`)
