/** What readers of committed records see in the only partition of a topic, read on from where it was read to. */
import { type BaseOptions, Consumer, ListOffsetTimestamps, type RecordsBatch } from "@platformatic/kafka"

const markMillis = 20_000
const bytesMax = 8 * 1024 * 1024
/** Which records readers of committed ones may come to, and what is served of those: the rest is done here. */
const isolation = { committed: 1, uncommitted: 0 }
/** Attributes of what is written at once: it is of a transaction; it is the end of one, not records. */
const transactional = 0b01_0000
const control = 0b10_0000
const committedType = 1

export class Committed {
  readonly #consumer: Consumer
  readonly #topic: string
  readonly #lines: Array<string> = []
  /** Of transactions whose end was not read yet, by producer. */
  readonly #open = new Map<bigint, Array<string>>()
  #next = 0n

  constructor(client: BaseOptions, topic: string) {
    this.#consumer = new Consumer({ ...client, groupId: "chaos-reader" })
    this.#topic = topic
  }

  /**
   * When it is over no transaction stays open, and it reads to the very end: a commit is answered before its mark is
   * there, and till then its records are not seen.
   */
  async read(isOver: boolean): Promise<ReadonlyArray<string>> {
    const deadline = performance.now() + markMillis
    let end = await this.#end(isolation.committed)
    for (let all = isOver ? await this.#end(isolation.uncommitted) : end; end < all;) {
      if (performance.now() > deadline) throw new Error(`a transaction on ${this.#topic} is open still`)
      end = await this.#end(isolation.committed)
    }
    while (this.#next < end) await this.#fetch()
    return this.#lines
  }

  async #end(isolationLevel: number): Promise<bigint> {
    const options = { topics: [this.#topic], timestamp: ListOffsetTimestamps.LATEST, isolationLevel }
    return (await this.#consumer.listOffsets(options)).get(this.#topic)?.[0] ?? 0n
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
