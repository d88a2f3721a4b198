/** Records in the topic of a broker that is killed, and what came out in another topic of it. */
import {
  Admin,
  Consumer,
  ListOffsetTimestamps,
  Producer,
  ProduceAcks,
  type RecordsBatch
} from "@platformatic/kafka"
import { startKafka } from "@millrace/tool-services"
import { type Entry, lineOf } from "./input.ts"
import { Paced } from "./Paced.ts"
import type { Upstream } from "./Upstream.ts"

/** Records of a key are in one partition, and so in order. */
const partitions = 3
const topics = { in: "in", out: "out" }

export const overKafka = async (entries: ReadonlyArray<Entry>, rate: number): Promise<Upstream> => {
  const found = await startKafka()
  if ("missing" in found) throw new Error(`no Kafka: ${found.missing}`)
  const { server } = found
  const client = { clientId: "chaos", bootstrapBrokers: [server.url], retries: 20, retryDelay: 250 }
  const admin = new Admin(client)
  await admin.createTopics({ topics: [topics.in], partitions, replicas: 1 })
  await admin.createTopics({ topics: [topics.out], partitions: 1, replicas: 1 })
  await admin.close()
  const producer = new Producer(client)
  const paced = new Paced(entries, rate, async (next) => {
    const messages = next.map((entry) => ({
      topic: topics.in,
      partition: Number(entry.key.slice(1)) % partitions,
      key: Buffer.from(entry.key),
      value: Buffer.from(lineOf(entry))
    }))
    await producer.send({ messages, acks: ProduceAcks.ALL })
  })
  const reader = new Committed(new Consumer({ ...client, groupId: "chaos" }), topics.out)
  return {
    source: { _tag: "kafka", url: server.url, topic: topics.in },
    ends: false,
    sent: () => 0,
    hurry: paced.hurry,
    broker: {
      end: async () => {
        await paced.hold()
        await server.kill()
      },
      start: async () => {
        await server.start()
        paced.goOn()
      }
    },
    kafka: { url: server.url, topic: topics.out },
    committed: () => reader.read(),
    close: async () => {
      await paced.close()
      await Promise.allSettled([producer.close(true), reader.close()])
      await server.close()
    }
  }
}

const bytesMax = 8 * 1024 * 1024
/** Which records readers of committed ones may come to, and what is served of those: the rest is done here. */
const isolation = { committed: 1, uncommitted: 0 }
/** Attributes of what is written at once: it is of a transaction; it is the end of one, not records. */
const transactional = 0b01_0000
const control = 0b10_0000
const committedType = 1

/** What readers of committed records see in the only partition of a topic, read on from where it was read to. */
class Committed {
  readonly #consumer: Consumer
  readonly #topic: string
  readonly #lines: Array<string> = []
  /** Of transactions whose end was not read yet, by producer. */
  readonly #open = new Map<bigint, Array<string>>()
  #next = 0n

  constructor(consumer: Consumer, topic: string) {
    this.#consumer = consumer
    this.#topic = topic
  }

  async read(): Promise<ReadonlyArray<string>> {
    const options = { topics: [this.#topic], timestamp: ListOffsetTimestamps.LATEST, isolationLevel: isolation.committed }
    const end = (await this.#consumer.listOffsets(options)).get(this.#topic)?.[0] ?? 0n
    while (this.#next < end) await this.#fetch()
    return this.#lines
  }

  async close(): Promise<void> {
    await this.#consumer.close(true)
  }

  async #fetch(): Promise<void> {
    const { topics } = await this.#consumer.metadata({ topics: [this.#topic] })
    const topic = topics.get(this.#topic)
    const place = { partition: 0, currentLeaderEpoch: -1, fetchOffset: this.#next, lastFetchedEpoch: -1 }
    const { responses } = await this.#consumer.fetch({
      node: topic?.partitions[0]?.leader ?? 1,
      maxWaitTime: 200,
      minBytes: 1,
      maxBytes: bytesMax,
      isolationLevel: isolation.uncommitted,
      topics: [{ topicId: topic?.id ?? "", partitions: [{ ...place, partitionMaxBytes: bytesMax }] }]
    })
    for (const { records } of responses.flatMap(({ partitions }) => partitions)) {
      for (const batch of records ?? []) if (batch.firstOffset >= this.#next) this.#take(batch)
    }
  }

  #take({ attributes, firstOffset, lastOffsetDelta, producerId, records }: RecordsBatch): void {
    this.#next = firstOffset + BigInt(lastOffsetDelta) + 1n
    const open = this.#open.get(producerId) ?? []
    if ((attributes & control) !== 0) {
      const isCommitted = records[0]?.key?.readInt16BE(2) === committedType
      if (isCommitted) for (const line of open) this.#lines.push(line)
      this.#open.delete(producerId)
      return
    }
    const target = (attributes & transactional) === 0 ? this.#lines : open
    for (const { value } of records) target.push(value?.toString() ?? "")
    if (target === open) this.#open.set(producerId, open)
  }
}
