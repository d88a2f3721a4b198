/** What the Kafka receivers count, beside what the engine counts of every receiver. */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"

/** Counts for one receiver; called without effects. */
export interface Tally {
  /** How many records a partition has that were not handed over yet. */
  readonly lag: (topic: string, partition: number, offsets: number) => void
  readonly took: (records: number, bytes: number) => void
  /** Offsets that were gone before they could be read. */
  readonly lost: (topic: string, offsets: number) => void
  /** Blocks whose partition went to another member before they were acknowledged. */
  readonly revoked: (blocks: number) => void
}

export const makeTally = (receiver: string, context: Context.Context<never>): Tally => {
  const counter = (name: string, description: string, attributes: Record<string, string> = {}) =>
    Metric.counter(`millrace_kafka_${name}`, { description, attributes: { receiver, ...attributes }, incremental: true })
  const records = counter("records_total", "Records that were handed over")
  const bytes = counter("bytes_total", "Bytes of the records that were handed over")
  const revoked = counter("revoked_blocks_total", "Blocks whose partition went to another member before they were acknowledged")
  const lags = new Map<string, Metric.Gauge<number>>()
  const lagOf = (topic: string, partition: number) => {
    const key = `${partition}:${topic}`
    const known = lags.get(key)
    if (known !== undefined) return known
    const gauge = Metric.gauge("millrace_kafka_lag_records", {
      description: "Offsets of a partition that were not handed over yet",
      attributes: { receiver, topic, partition: String(partition) }
    })
    lags.set(key, gauge)
    return gauge
  }
  return {
    lag: (topic, partition, offsets) => lagOf(topic, partition).updateUnsafe(offsets, context),
    took: (count, size) => {
      records.updateUnsafe(count, context)
      bytes.updateUnsafe(size, context)
    },
    lost: (topic, offsets) =>
      counter("lost_records_total", "Offsets that were gone before they could be read", { topic }).updateUnsafe(offsets, context),
    revoked: (blocks) => revoked.updateUnsafe(blocks, context)
  }
}

/** Rereading is no reading. */
export const noTally: Tally = { lag: () => {}, took: () => {}, lost: () => {}, revoked: () => {} }
