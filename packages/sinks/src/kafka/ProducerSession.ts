/** A producer as the brokers know it: its number, its epoch, and how many records each partition has of it. */
import * as Effect from "effect/Effect"
import type { Cluster } from "./Cluster.ts"
import { nobody, type Producer, type ProduceRequest } from "./driver.ts"
import type { Reason } from "./KafkaError.ts"
import { type Compressor, encode, headBytes } from "./recordBatch.ts"
import type { Unit } from "./records.ts"

/** A unit with its place in the sequence of its partition, which makes a repeat known to the broker. */
export interface Numbered {
  readonly unit: Unit
  readonly firstSequence: number
  isSent: boolean
}

interface Options {
  readonly cluster: Cluster
  readonly transactionalId: string | null
  readonly transactionMillis: number
  readonly maxRequestBytes: number
  readonly compressor: Compressor | undefined
}

/** Sequences are 31 bits, and begin again at 0. */
const sequences = 2 ** 31

export class ProducerSession {
  private readonly options: Options
  private readonly next = new Map<string, number>()
  private producer: Producer = nobody

  constructor(options: Options) {
    this.options = options
  }

  get current(): Producer {
    return this.producer
  }

  /**
   * A number and epoch of one's own. Of a transactional id: shuts out who had it, and ends what hung. `known` is who one
   * is so far: then nobody else is shut out, and it fails with `ProducerLost` if another one came in between.
   */
  begin(known: Producer): Effect.Effect<void, Reason> {
    const { cluster, transactionMillis, transactionalId } = this.options
    const { driver } = cluster
    const asked = transactionalId === null
      ? cluster.patiently(Effect.flatMap(cluster.anyLink(), (link) => driver.initProducer(link, null, transactionMillis, known)))
      : cluster.coordinated("transaction", transactionalId, (link) =>
        driver.initProducer(link, transactionalId, transactionMillis, known))
    return Effect.map(asked, (producer) => {
      this.producer = producer
      this.next.clear()
    })
  }

  number(units: ReadonlyArray<Unit>): Array<Numbered> {
    return units.map((unit) => {
      const name = `${unit.partition} ${unit.topic}`
      const firstSequence = this.next.get(name) ?? 0
      this.next.set(name, (firstSequence + unit.records.length) % sequences)
      return { unit, firstSequence, isSent: false }
    })
  }

  /** Sends what is not sent yet: to each broker one request after the other, to all brokers at once. */
  send(numbered: ReadonlyArray<Numbered>): Effect.Effect<void, Reason> {
    return Effect.flatMap(this.byBroker(numbered), (brokers) =>
      Effect.forEach(brokers, ([broker, units]) => this.sendTo(broker, units), { concurrency: "unbounded", discard: true }))
  }

  private byBroker(numbered: ReadonlyArray<Numbered>): Effect.Effect<Map<number, Array<Numbered>>, Reason> {
    const topics = new Set<string>()
    for (const { isSent, unit } of numbered) if (!isSent) topics.add(unit.topic)
    const { cluster } = this.options
    return Effect.map(
      Effect.forEach(topics, (topic) => Effect.map(cluster.leaders(topic), (leaders) => [topic, leaders] as const)),
      (found) => {
        const leaders = new Map(found)
        const brokers = new Map<number, Array<Numbered>>()
        for (const each of numbered) {
          if (each.isSent) continue
          const broker = leaders.get(each.unit.topic)?.[each.unit.partition] ?? -1
          const list = brokers.get(broker)
          if (list === undefined) brokers.set(broker, [each])
          else list.push(each)
        }
        return brokers
      }
    )
  }

  private sendTo(broker: number, units: ReadonlyArray<Numbered>): Effect.Effect<void, Reason> {
    const { cluster, maxRequestBytes } = this.options
    return Effect.forEach(requestsOf(units, maxRequestBytes), (parts) =>
      Effect.flatMap(cluster.broker(broker), (link) =>
        Effect.flatMap(Effect.suspend(() => Effect.succeed(this.requestOf(parts))), (request) =>
          cluster.driver.produce(link, request, maxRequestBytes))).pipe(
        Effect.mapError(whileProducing),
        Effect.map(() => {
          for (const part of parts) part.isSent = true
        })
      ), { discard: true })
  }

  private requestOf(parts: ReadonlyArray<Numbered>): ProduceRequest {
    const { cluster, compressor, transactionalId } = this.options
    const topics = new Map<string, Array<{ readonly partition: number; readonly batch: Buffer }>>()
    for (const { firstSequence, unit } of parts) {
      const stamp = {
        producerId: this.producer.id,
        producerEpoch: this.producer.epoch,
        firstSequence,
        isTransactional: transactionalId !== null
      }
      const batch = encode(unit.records, unit.bytes, stamp, compressor, cluster.driver.checksum)
      const list = topics.get(unit.topic)
      if (list === undefined) topics.set(unit.topic, [{ partition: unit.partition, batch }])
      else list.push({ partition: unit.partition, batch })
    }
    return { transactionalId, topics: [...topics].map(([name, partitions]) => ({ name, partitions })) }
  }
}

/** Requests below the limit, each with a partition once, those of a partition in order. */
const requestsOf = (units: ReadonlyArray<Numbered>, limit: number): Array<Array<Numbered>> => {
  const requests: Array<Array<Numbered>> = []
  let parts: Array<Numbered> = []
  let seen = new Set<string>()
  let bytes = 0
  for (const each of units) {
    const name = `${each.unit.partition} ${each.unit.topic}`
    if (parts.length > 0 && (seen.has(name) || bytes + each.unit.bytes + headBytes > limit)) {
      requests.push(parts)
      parts = []
      seen = new Set()
      bytes = 0
    }
    parts.push(each)
    seen.add(name)
    bytes += each.unit.bytes + headBytes
  }
  if (parts.length > 0) requests.push(parts)
  return requests
}

/** A leader that has moved or is not ready yet says that it knows no such partition: the next try asks who leads. */
const whileProducing = (reason: Reason): Reason =>
  reason._tag === "UnknownTopic" ? { _tag: "Busy", code: "UNKNOWN_TOPIC_OR_PARTITION" } : reason
