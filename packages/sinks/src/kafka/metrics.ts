/** What the Kafka sinks count, beside what the engine counts of every output. */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { Reason } from "./KafkaError.ts"
import type { Numbered } from "./ProducerSession.ts"

const counter = (name: string, description: string, attributes: Record<string, string>) =>
  Metric.counter(`millrace_kafka_${name}`, { description, attributes, incremental: true })

export interface Tally {
  readonly sent: (numbered: ReadonlyArray<Numbered>) => void
  readonly skipped: () => void
  readonly failed: (reason: Reason["_tag"]) => void
}

export const makeTally = (output: string, context: Context.Context<never>): Tally => {
  const at = { output }
  const records = counter("sent_records_total", "Records that the brokers have taken", at)
  const bytes = counter("sent_bytes_total", "About how long those were before compression", at)
  const skipped = counter("repeated_batches_total", "Batches that came again and were there already", at)
  return {
    sent: (numbered) => {
      let count = 0
      let length = 0
      for (const { unit } of numbered) {
        count += unit.records.length
        length += unit.bytes
      }
      records.updateUnsafe(count, context)
      bytes.updateUnsafe(length, context)
    },
    skipped: () => skipped.updateUnsafe(1, context),
    failed: (reason) =>
      counter("failures_total", "Tries that failed, by why", { ...at, reason }).updateUnsafe(1, context)
  }
}
