/** What the receiver of rows counts, beside what the engine counts of every receiver. */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"

const counter = (name: string, description: string, attributes: Record<string, string>) =>
  Metric.counter(`millrace_mysql_${name}`, { description, attributes, incremental: true })

/** Counts for one receiver; called without effects. */
export interface Tally {
  readonly polled: () => void
}

export const makeTally = (receiver: string, context: Context.Context<never>): Tally => {
  const at = { receiver }
  const polls = counter("polls_total", "Times it was looked for new rows", at)
  return {
    polled: () => polls.updateUnsafe(1, context),
  }
}
