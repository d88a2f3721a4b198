/** What the receiver of rows counts, beside what the engine counts of every receiver. */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"

const counter = (name: string, description: string, attributes: Record<string, string>) =>
  Metric.counter(`millrace_postgres_${name}`, { description, attributes, incremental: true })

/** Counts for one receiver; called without effects. */
export interface Tally {
  readonly polled: () => void
  readonly waited: () => void
  readonly woken: () => void
  readonly listening: () => void
}

export const makeTally = (receiver: string, context: Context.Context<never>): Tally => {
  const at = { receiver }
  const polls = counter("polls_total", "Times it was looked for new rows", at)
  const waits = counter("waits_total", "Times new rows waited for transactions that were writing", at)
  const wakes = counter("notifications_total", "Notifications that came", at)
  const listens = counter("listens_total", "Times it began to listen for notifications", at)
  return {
    polled: () => polls.updateUnsafe(1, context),
    waited: () => waits.updateUnsafe(1, context),
    woken: () => wakes.updateUnsafe(1, context),
    listening: () => listens.updateUnsafe(1, context)
  }
}
