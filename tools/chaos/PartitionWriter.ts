/** The only writer of a topic. Where it is not told whether records were taken, the end of the partition says so. */
import { type BaseOptions, Consumer, ListOffsetTimestamps, ProduceAcks, Producer } from "@platformatic/kafka"
import { setTimeout as sleep } from "node:timers/promises"
import { type Entry, lineOf } from "./input.ts"

const attemptsMax = 100
const pauseMillis = 100

export class PartitionWriter {
  readonly #producer: Producer
  readonly #consumer: Consumer
  readonly #topic: string
  /** How many records a partition has. */
  readonly #ends = new Map<number, number>()

  constructor(client: BaseOptions, topic: string) {
    this.#producer = new Producer({ ...client, retries: 0 })
    this.#consumer = new Consumer({ ...client, groupId: "chaos-writer" })
    this.#topic = topic
  }

  /** Writes them all or none, and that again until they are there: once. */
  async write(partition: number, entries: ReadonlyArray<Entry>): Promise<void> {
    if (entries.length === 0) return
    const end = (this.#ends.get(partition) ?? 0) + entries.length
    const messages = entries.map((entry) => ({
      topic: this.#topic,
      partition,
      key: Buffer.from(entry.key),
      value: Buffer.from(lineOf(entry))
    }))
    for (let attempt = 1;; attempt++) {
      try {
        await this.#producer.send({ messages, acks: ProduceAcks.ALL })
        break
      } catch (error) {
        if (attempt === attemptsMax) throw error
        await sleep(pauseMillis)
        if (await this.#end(partition) === end) break
      }
    }
    this.#ends.set(partition, end)
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer.close(true), this.#consumer.close(true)])
  }

  async #end(partition: number): Promise<number> {
    const options = { topics: [this.#topic], timestamp: ListOffsetTimestamps.LATEST }
    return Number((await this.#consumer.listOffsets(options)).get(this.#topic)?.[partition] ?? 0)
  }
}
