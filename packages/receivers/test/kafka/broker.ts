/** The Kafka of the tests: topics of one's own in it, gone after, and what fills them. */
import * as Kafka from "@millrace/receivers/Kafka"
import { kafka } from "@millrace/tool-services"
import { Admin, type CompressionAlgorithmValue, ProduceAcks, Producer } from "@platformatic/kafka"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { randomUUID } from "node:crypto"
import { readdirSync, readFileSync, readlinkSync } from "node:fs"

export const server = await kafka()

/** Whether there is none, and the tests are skipped. */
export const isMissing = server === undefined

export const url = server?.url ?? "nowhere:1"

export const connection = Kafka.layer({ brokers: [url], clientId: "tests" })

export const freshName = (what: string): string => `${what}-${randomUUID().slice(0, 13)}`

const clientOf = (at: string) => ({ clientId: "tests", bootstrapBrokers: [at], retries: 5, retryDelay: 100 })

/** What manages and fills topics, at one broker. */
export class Kit {
  readonly admin: Admin
  readonly producer: Producer

  readonly #made = new Set<string>()

  constructor(at: string) {
    this.admin = new Admin(clientOf(at))
    this.producer = new Producer(clientOf(at))
  }

  async topic(what = "t", partitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = freshName(what)
    await this.make(name, partitions, configs)
    return name
  }

  async make(name: string, partitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    const config = Object.entries(configs).map(([name, value]) => ({ name, value }))
    this.#made.add(name)
    await this.admin.createTopics({ topics: [name], partitions, replicas: 1, configs: config })
  }

  async send(topic: string, values: ReadonlyArray<string | Uint8Array | null>, partition = 0, compression?: CompressionAlgorithmValue): Promise<void> {
    await this.produce(topic, values.map((value) => ({ value })), partition, compression)
  }

  async produce(topic: string, records: ReadonlyArray<Sent>, partition = 0, compression: CompressionAlgorithmValue = "none"): Promise<void> {
    for (let from = 0; from < records.length; from += 5_000) {
      await this.producer.send({
        acks: ProduceAcks.ALL,
        compression,
        messages: records.slice(from, from + 5_000).map((record) => messageOf(topic, partition, record))
      })
    }
  }

  /** To a partition that the client's metadata may not know yet. */
  async produceAt(topic: string, value: string, partition: number): Promise<void> {
    for (let tries = 0;; tries++) {
      try {
        this.producer.clearMetadata()
        return await this.send(topic, [value], partition)
      } catch (error) {
        if (tries === 50) throw error
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }

  /** A topic whose name was deleted a moment ago. */
  async makeAgain(name: string): Promise<void> {
    for (let tries = 0;; tries++) {
      try {
        this.producer.clearMetadata()
        return await this.make(name)
      } catch (error) {
        if (tries === 50) throw error
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }

  async close(): Promise<void> {
    await this.#forget()
    await Promise.all([this.admin.close(), this.producer.close()])
  }

  /** Topics of a broker that others use too do not stay. */
  async #forget(): Promise<void> {
    if (this.#made.size > 0) await this.admin.deleteTopics({ topics: [...this.#made] }).catch(() => {})
  }
}

/** What a receiver counted, or the sum of what its gauges say. */
export const counted = (name: string, receiver: string) =>
  Effect.map(Metric.snapshot, (series) =>
    series
      .filter(({ attributes, id }) => id === `millrace_kafka_${name}` && attributes?.["receiver"] === receiver)
      .reduce((sum, one) =>
        sum + (one.type === "Counter" ? Number(one.state.count) : one.type === "Gauge" ? Number(one.state.value) : 0), 0))

export interface Sent {
  readonly key?: string | null
  readonly value: string | Uint8Array | null
  readonly timestamp?: number
  readonly headers?: Readonly<Record<string, string>>
}

export const messageOf = (topic: string, partition: number, { headers, key, timestamp, value }: Sent) => ({
  topic,
  partition,
  // The client takes null for a key or value that is missing, and its types do not know it.
  ...(key === undefined || key === null ? {} : { key: Buffer.from(key) }),
  ...(value === null ? {} : { value: Buffer.from(value) }),
  ...(timestamp === undefined ? {} : { timestamp: BigInt(timestamp) }),
  ...(headers === undefined ? {} : {
    headers: new Map(Object.entries(headers).map(([name, value]) => [Buffer.from(name), Buffer.from(value)]))
  })
}) as { topic: string; partition: number; value: Buffer }

export const kitAt = (at: string) => Effect.acquireRelease(Effect.sync(() => new Kit(at)), (kit) => Effect.promise(() => kit.close()))

/** Sockets of this process to a port; only Linux tells. */
export const openTo = (at: string): number => {
  const port = Number(at.slice(at.lastIndexOf(":") + 1)).toString(16).toUpperCase().padStart(4, "0")
  const mine = new Set(readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? []
    } catch {
      return []
    }
  }))
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => readFileSync(file, "utf8").split("\n").slice(1)).filter((line) => {
    const [, , remote, , , , , , , inode] = line.trim().split(/\s+/)
    return remote?.endsWith(`:${port}`) && inode !== undefined && mine.has(inode)
  }).length
}
