/** What the TCP receivers count, beside what the engine counts of every receiver. */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { Reason } from "./TcpError.ts"

const counter = (name: string, description: string, attributes: Record<string, string>) =>
  Metric.counter(`millrace_tcp_${name}`, { description, attributes, incremental: true })

/** Counts for one receiver; called from event handlers, so without effects. */
export interface Tally {
  readonly skipped: (records: number) => void
  readonly replaced: (times: number) => void
  readonly partial: () => void
  readonly opened: () => void
  readonly closed: (reason: Reason) => void
  /** A connection was turned away: there were as many as allowed. */
  readonly refused: () => void
}

export const makeTally = (receiver: string, context: Context.Context<never>): Tally => {
  const at = { receiver }
  const skipped = counter("skipped_lines_total", "Lines longer than allowed that were passed over", at)
  const replaced = counter("replaced_bytes_total", "Times U+FFFD was put for bytes that were not UTF-8", at)
  const partial = counter("partial_records_total", "Connections that ended before their last record was whole", at)
  const opened = counter("opened_connections_total", "Connections that were read", at)
  const refused = counter("refused_connections_total", "Connections beyond the allowed number", at)
  return {
    skipped: (records) => skipped.updateUnsafe(records, context),
    replaced: (times) => replaced.updateUnsafe(times, context),
    partial: () => partial.updateUnsafe(1, context),
    opened: () => opened.updateUnsafe(1, context),
    closed: ({ _tag }) => {
      const reasons = counter("closed_connections_total", "Connections that ended, by why", { ...at, reason: _tag })
      reasons.updateUnsafe(1, context)
    },
    refused: () => refused.updateUnsafe(1, context)
  }
}
