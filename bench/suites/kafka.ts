/** From a topic to records: the whole engine with `Kafka.direct`, against the client's own consumer on the same topic. */
import { randomUUID } from "node:crypto"
import { DStream, Pipeline } from "@millrace/core"
import * as Kafka from "@millrace/receivers/Kafka"
import { kafka as broker } from "@millrace/tool-services"
import { Admin, Consumer, ProduceAcks, Producer, stringDeserializer } from "@platformatic/kafka"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { atLeast, type Figure, informational, type Suite } from "../harness/Figure.ts"
import { quiet } from "../harness/feed.ts"
import { median } from "../harness/statistics.ts"

const records = 300_000
const partitions = 4
const rounds = 5
const warm = 1

const value = (index: number): string => `${index},order,${(index * 7919) % 1_000_003},some text of a usual length`

type Contender = (url: string, topic: string, expected: number) => Promise<number>

const clientOf = (url: string) => ({ clientId: "bench", bootstrapBrokers: [url], retries: 5 })

/** What one writes by hand: a group of its own, strings, and a look at each. */
const hand: Contender = async (url, topic, expected) => {
  const consumer = new Consumer({
    ...clientOf(url),
    groupId: `bench-${randomUUID()}`,
    deserializers: { value: stringDeserializer },
    autocommit: false,
    maxWaitTime: 250
  })
  const stream = await consumer.consume({ topics: [topic], mode: "earliest" })
  let characters = 0
  for await (const message of stream) {
    characters += message.value?.length ?? 0
    if (characters >= expected) break
  }
  await consumer.close(true)
  return characters
}

/** The engine as it runs in production, on the real clock; the slow start and the rate control are off. */
const engine: Contender = async (url, topic, expected) => {
  let characters = 0
  const source = Kafka.direct({ name: "kafka", topics: [topic], start: "earliest", value: Kafka.string, initialRate: Infinity })
  const lengths = DStream.fromReceiver(source).pipe(
    DStream.map(({ value }) => value?.length ?? 0),
    DStream.reduce((left, right) => left + right)
  )
  const program = Effect.gen(function*() {
    const done = yield* Deferred.make<void>()
    const output = DStream.foreachBatch(lengths, "characters", ({ items }) =>
      Effect.suspend(() => {
        for (const length of items) characters += length
        return characters >= expected ? Effect.asVoid(Deferred.succeed(done, undefined)) : Effect.void
      }))
    const pipeline = Pipeline.make("kafka", { batchInterval: "50 millis", backpressure: false, outputs: [output] })
    const running = yield* Effect.forkChild(Pipeline.run(pipeline))
    yield* Effect.raceFirst(Deferred.await(done), Fiber.join(running))
    yield* Fiber.interrupt(running)
  })
  await Effect.runPromise(quiet(Effect.provide(program, Kafka.layer({ brokers: [url] }))))
  return characters
}

const contenders = { hand, engine } satisfies Record<string, Contender>

interface Cost {
  /** User and system time of this process, collecting garbage included. */
  readonly cpuMillis: number
  readonly wallMillis: number
}

const cost = async (contender: Contender, url: string, topic: string, expected: number): Promise<Cost> => {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  const found = await contender(url, topic, expected)
  const { system, user } = process.cpuUsage(before)
  if (found !== expected) throw new Error(`Of ${expected} characters ${found} were read`)
  return { cpuMillis: (user + system) / 1000, wallMillis: performance.now() - startedAt }
}

/** Fills a topic, and tells how many characters its values have. */
const fill = async (url: string, topic: string): Promise<number> => {
  const admin = new Admin(clientOf(url))
  const producer = new Producer(clientOf(url))
  try {
    await admin.createTopics({ topics: [topic], partitions, replicas: 1 })
    let characters = 0
    for (let from = 0; from < records; from += 5_000) {
      const messages = Array.from({ length: 5_000 }, (_, index) => {
        const text = value(from + index)
        characters += text.length
        return { topic, partition: Math.floor(from / 5_000) % partitions, value: Buffer.from(text) }
      })
      await producer.send({ messages, acks: ProduceAcks.ALL })
    }
    return characters
  } finally {
    await producer.close()
    await admin.close()
  }
}

const measure = async (): Promise<ReadonlyArray<Figure>> => {
  const server = await broker()
  if (server === undefined) return []
  const { url } = server
  const topic = `bench-${randomUUID()}`
  const characters = await fill(url, topic)
  try {
    const costs = { hand: new Array<Cost>(), engine: new Array<Cost>() }
    for (let round = 0; round < warm + rounds; round++) {
      for (const name of round % 2 === 0 ? (["hand", "engine"] as const) : (["engine", "hand"] as const)) {
        const figure = await cost(contenders[name], url, topic, characters)
        if (round >= warm) costs[name].push(figure)
      }
    }
    return figures(costs)
  } finally {
    const admin = new Admin(clientOf(url))
    await admin.deleteTopics({ topics: [topic] })
    await admin.close()
  }
}

const figures = (costs: Record<keyof typeof contenders, ReadonlyArray<Cost>>): ReadonlyArray<Figure> => {
  const ratio = median(costs.hand.map((hand, round) => hand.cpuMillis / costs.engine[round]!.cpuMillis))
  const nanos = (name: keyof typeof contenders) => median(costs[name].map(({ cpuMillis }) => cpuMillis)) * 1e6 / records
  const perSecond = (name: keyof typeof contenders) => records / median(costs[name].map(({ wallMillis }) => wallMillis))
  return [
    atLeast(
      "kafka.consume.vs.bare",
      0.8,
      ratio,
      `${nanos("engine").toFixed(0)} ns of CPU per record against ${nanos("hand").toFixed(0)}`
    ),
    informational(
      "kafka.records.per.milli",
      perSecond("engine"),
      "",
      `records a millisecond, opening and closing included; by the bare client ${perSecond("hand").toFixed(0)}`
    )
  ]
}

export const kafka: Suite = {
  names: ["kafka.consume.vs.bare", "kafka.records.per.milli"],
  run: measure
}
