/** From items to records of partitions; nothing is sent before all of a batch are made. */
import type { Batch } from "@millrace/core"
import * as Effect from "effect/Effect"
import type { Cluster } from "./Cluster.ts"
import type { Reason } from "./KafkaError.ts"
import { murmur2 } from "./murmur2.ts"
import { headBytes, type Raw, sizeOf } from "./recordBatch.ts"

/**
 * What becomes of an item. Text is written as UTF-8.
 *
 * @category models
 * @since 0.1.0
 */
export interface KafkaRecord {
  /** Defaults to the `topic` of the sink. */
  readonly topic?: string | undefined
  /** Records of a key go to one partition, the one that Kafka's own clients choose. */
  readonly key?: string | Uint8Array | null | undefined
  /** `null` is a tombstone in a compacted topic. */
  readonly value: string | Uint8Array | null
  readonly headers?: Readonly<Record<string, string | Uint8Array | null>> | undefined
  /** In place of the one that the key chooses. */
  readonly partition?: number | undefined
  /** Milliseconds since 1970. Defaults to the time of the batch, which is the same when it comes again. */
  readonly timestamp?: number | undefined
}

/** Records of one partition that go in one request. */
export interface Unit {
  readonly topic: string
  readonly partition: number
  readonly records: Array<Raw>
  /** What they take at most. */
  bytes: number
}

/** So many records without key go to a partition before the next one takes its turn. */
const turn = 1_000

interface Options<A> {
  readonly topic: string
  readonly record: (item: A) => KafkaRecord
  readonly maxRequestBytes: number
}

/** The units of a batch; those of one partition are in the order of their items. */
export const unitsOf = <A>(cluster: Cluster, options: Options<A>, batch: Batch.Batch<A>): Effect.Effect<Array<Unit>, Reason> =>
  Effect.flatMap(made(options, batch), (records) => {
    const topics = new Set<string>()
    for (const { topic } of records) topics.add(topic)
    return Effect.flatMap(
      Effect.forEach(topics, (topic) => Effect.map(cluster.leaders(topic), ({ length }) => [topic, length] as const)),
      (counts) => placed(records, new Map(counts), options.maxRequestBytes, batch.id)
    )
  })

interface Made {
  readonly topic: string
  readonly partition: number | undefined
  readonly raw: Raw
  readonly bytes: number
}

const made = <A>({ maxRequestBytes, record, topic }: Options<A>, { items, time }: Batch.Batch<A>): Effect.Effect<Array<Made>, Reason> =>
  Effect.suspend(() => {
    const records: Array<Made> = []
    for (let item = 0; item < items.length; item++) {
      try {
        const given = record(items[item]!)
        const raw = rawOf(given, time)
        records.push({ topic: given.topic ?? topic, partition: given.partition, raw, bytes: sizeOf(raw) })
      } catch {
        return Effect.fail<Reason>({ _tag: "Unencodable", item })
      }
      const bytes = records[item]!.bytes
      if (bytes + headBytes > maxRequestBytes) {
        return Effect.fail<Reason>({ _tag: "RecordTooLarge", item, bytes, limit: maxRequestBytes })
      }
    }
    return Effect.succeed(records)
  })

const rawOf = ({ headers, key, timestamp, value }: KafkaRecord, time: number): Raw => ({
  key: bytesOf(key),
  value: bytesOf(value),
  headers: headers === undefined ? none : Object.entries(headers).map(([name, content]) => [Buffer.from(name), bytesOf(content)] as const),
  timestamp: whole(timestamp ?? time)
})

const none: Raw["headers"] = []

const bytesOf = (content: string | Uint8Array | null | undefined): Uint8Array | null => {
  if (content === null || content === undefined) return null
  if (typeof content === "string") return Buffer.from(content)
  if (content instanceof Uint8Array) return content
  throw new TypeError("neither text nor bytes")
}

const whole = (millis: number): number => {
  if (!Number.isSafeInteger(millis)) throw new TypeError("no whole milliseconds")
  return millis
}

const placed = (
  records: ReadonlyArray<Made>,
  counts: ReadonlyMap<string, number>,
  limit: number,
  batch: number
): Effect.Effect<Array<Unit>, Reason> => {
  const units: Array<Unit> = []
  const open = new Map<string, Map<number, Unit>>()
  for (const topic of counts.keys()) open.set(topic, new Map())
  let keyless = 0
  for (const { bytes, partition: wanted, raw, topic } of records) {
    const count = counts.get(topic) ?? 0
    const partition = wanted ?? (raw.key === null
      ? (batch + Math.floor(keyless++ / turn)) % count
      : (murmur2(raw.key) & 0x7fffffff) % count)
    if (!(partition >= 0 && partition < count)) {
      const problem = `\`record\` gives partition ${wanted}, and topic ${JSON.stringify(topic)} has ${count}`
      return Effect.fail<Reason>({ _tag: "BadOptions", problem })
    }
    const byPartition = open.get(topic)!
    let unit = byPartition.get(partition)
    if (unit === undefined || unit.bytes + bytes + headBytes > limit) {
      unit = { topic, partition, records: [], bytes: 0 }
      byPartition.set(partition, unit)
      units.push(unit)
    }
    unit.records.push(raw)
    unit.bytes += bytes
  }
  return Effect.succeed(units)
}
