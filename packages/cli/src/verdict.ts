/** A verdict in words. */
import type { Checkpoint } from "@millrace/core"

export const verdictText = ({ batch, changes, epoch, isCompatible, migrations, notes, pipeline }: Checkpoint.Verdict): string =>
  [
    isCompatible
      ? epoch === 0
        ? `Pipeline ${JSON.stringify(pipeline)} has no checkpoint yet, and begins with batch 1`
        : `Pipeline ${JSON.stringify(pipeline)} goes on with batch ${batch + 1}`
      : `Pipeline ${JSON.stringify(pipeline)} cannot go on:`,
    ...changes.map(({ problem, remedy }) => `- ${problem}. ${remedy}`),
    ...migrations.map(({ from, operator, to }) => `- Operator ${JSON.stringify(operator)} goes from version ${from} to ${to}`),
    ...notes.map((note) => `- ${note}`)
  ].join("\n")
