import { assert, describe, it } from "@effect/vitest"
import { BatchSink, CheckpointStore, DeadLetters, DStream, Pipeline } from "@millrace/core"
import * as Kafka from "@millrace/receivers/Kafka"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { afterAll } from "vitest"
import { connection, freshName, isMissing, Kit, url } from "./broker.ts"
import { Full, legs, pipelineOf, until } from "./running.ts"

const kit = new Kit(url)
afterAll(() => kit.close())

const live = it.live.skipIf(isMissing)

const values = Array.from({ length: 3_000 }, (_, index) => `value ${index}`)

/** The broker, and a checkpoint of one's own. */
const durable = Layer.merge(connection, Layer.fresh(CheckpointStore.layerMemory))

/** Three partitions with a third of the values each. */
const filled = Effect.promise(async () => {
  const topic = await kit.topic("pipeline", 3)
  for (const partition of [0, 1, 2]) await kit.send(topic, values.filter((_, index) => index % 3 === partition), partition)
  return topic
})

const valueOf = ({ value }: Kafka.KafkaRecord<unknown, string>) => value ?? ""

describe("Kafka.direct in a pipeline with a checkpoint", () => {
  for (const outbox of ["on", "off"] as const) {
    live(`gives every record once, though every second commit ends the run; outbox ${outbox}`, () =>
      Effect.gen(function*() {
        const topic = yield* filled
        const kept: Array<string> = []
        let commits = 0
        const receiver = Kafka.direct({
          name: "direct",
          topics: [topic],
          start: "earliest",
          value: Kafka.string,
          initialRate: Infinity
        })
        const commit = (items: ReadonlyArray<Kafka.KafkaRecord<unknown, string>>) =>
          items.length > 0 && ++commits % 2 === 1 ? new Full() : Effect.sync(() => kept.push(...items.map(valueOf)))
        const failed = yield* legs(Pipeline.run(pipelineOf("direct", receiver, commit, { outbox, buffer: { records: 400 } })), () => kept.length >= values.length)
        yield* Effect.sleep("50 millis")
        assert.deepStrictEqual(kept.toSorted(), values.toSorted())
        // Batches of 400 at most, and three more where a partition has one left over.
        assert.isAtLeast(failed, 3)
      }).pipe(Effect.provide(durable)))
  }
})

describe("records that are not what their format reads", () => {
  const Order = Schema.Struct({ id: Schema.Int })
  const sent = ["{\"id\":1}", Buffer.from([0x7b, 0xff, 0x7d]), "{\"id\":", null, "{\"id\":\"two\"}", "{\"id\":3}"]
  const started = (topic: string) =>
    Kafka.direct({ name: "orders", topics: [topic], start: "earliest", value: Kafka.schema(Order) })

  live("become dead letters, each by itself, and nothing else is lost", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("letters"))
      yield* Effect.promise(() => kit.send(topic, sent))
      const kept: Array<unknown> = []
      const orders = DStream.fromReceiver(started(topic)).pipe(DStream.onError("dead-letter"))
      const output = DStream.to(orders, "kept", BatchSink.make(({ items }) =>
        Effect.sync(() => kept.push(...items.map(({ value }) => value)))))
      const pipeline = Pipeline.make("letters", { batchInterval: "10 millis", outputs: [output] })
      yield* legs(Pipeline.run(pipeline), () => kept.length >= 3)
      assert.deepStrictEqual(kept, [{ id: 1 }, null, { id: 3 }])
      const service = yield* DeadLetters.DeadLetters
      const letters = yield* Effect.forEach(yield* service.list("letters"), ({ id }) => Effect.flatMap(service.read("letters", id), Effect.fromOption))
      const message = (offset: number, format: string) =>
        `The value of the record at offset ${offset} of topic "${topic}", partition 0, is not ${format}. ` +
        "DStream.onError right behind DStream.fromReceiver drops such records, or sets them aside"
      assert.deepStrictEqual(letters.map(({ error }) => error), [
        { name: "UndecodableRecord", message: message(1, "UTF-8") },
        { name: "UndecodableRecord", message: message(2, "JSON of its schema") },
        { name: "UndecodableRecord", message: message(4, "JSON of its schema") }
      ])
      const payloads = letters.map(({ payload }) => JSON.parse(payload ?? "").value)
      assert.deepStrictEqual(payloads, [{ base64: "e/99" }, "{\"id\":", "{\"id\":\"two\"}"])
    }).pipe(
      Effect.provide(Layer.merge(durable, Layer.fresh(DeadLetters.layerMemory)))
    ))

  live("fail the run where nothing is said about them", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("failing"))
      yield* Effect.promise(() => kit.send(topic, sent.slice(1, 2)))
      const exit = yield* Effect.exit(Pipeline.run(pipelineOf("failing", started(topic), () => Effect.void)))
      assert(Exit.isFailure(exit))
      assert.include(Cause.pretty(exit.cause), "is not UTF-8")
    }).pipe(Effect.provide(connection)))
})

describe("Kafka.subscribe in a pipeline", () => {
  const options = (topic: string, groupId: string) => ({
    name: "group",
    topics: [topic],
    groupId,
    value: Kafka.string,
    sessionTimeout: "6 seconds",
    // A run that failed has nothing to wait for, and a stop finds nothing to wait for soon.
    drainTimeout: "300 millis",
    initialRate: 50_000,
    maxRate: 50_000
  } as const)

  const committed = (groupId: string, topic: string) =>
    Effect.promise(async () => {
      const [group] = await kit.admin.listConsumerGroupOffsets({ groups: [groupId] })
      const partitions = group?.topics.find(({ name }) => name === topic)?.partitions ?? []
      return partitions.reduce((sum, { committedOffset }) => sum + Math.max(0, Number(committedOffset)), 0)
    })

  live("with a checkpoint gives every record once, though commits end the run", () =>
    Effect.gen(function*() {
      const topic = yield* filled
      const groupId = freshName("group")
      const kept: Array<string> = []
      let commits = 0
      const commit = (items: ReadonlyArray<Kafka.KafkaRecord<unknown, string>>) =>
        items.length > 0 && ++commits % 4 === 1 ? new Full() : Effect.sync(() => kept.push(...items.map(valueOf)))
      const pipeline = pipelineOf("group", Kafka.subscribe(options(topic, groupId)), commit)
      const failed = yield* legs(Pipeline.run(pipeline), () => kept.length >= values.length)
      assert.deepStrictEqual(kept.toSorted(), values.toSorted())
      assert.isAtLeast(failed, 1)
      assert.strictEqual(yield* committed(groupId, topic), values.length)
    }).pipe(Effect.provide(durable)))

  live("without a journal commits nothing that the outputs do not have, and all that they have", () =>
    Effect.gen(function*() {
      const topic = yield* filled
      const groupId = freshName("group")
      const receiver = Kafka.subscribe({ ...options(topic, groupId), journal: false })
      yield* Effect.exit(Pipeline.run(pipelineOf("refusing", receiver, (items) => items.length > 0 ? new Full() : Effect.void)))
      assert.strictEqual(yield* committed(groupId, topic), 0)
      const kept: Array<string> = []
      const keep = (items: ReadonlyArray<Kafka.KafkaRecord<unknown, string>>) => Effect.sync(() => kept.push(...items.map(valueOf)))
      yield* Effect.scoped(Effect.gen(function*() {
        const running = yield* Pipeline.start(pipelineOf("keeping", receiver, keep))
        yield* until("all values", () => kept.length >= values.length)
        yield* running.stop
      }))
      assert.deepStrictEqual(kept.toSorted(), values.toSorted())
      assert.strictEqual(yield* committed(groupId, topic), values.length)
    }).pipe(Effect.provide(connection)))
})
