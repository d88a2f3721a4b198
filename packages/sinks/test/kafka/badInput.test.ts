import { assert, describe, layer } from "@effect/vitest"
import { Batch, type BatchSink } from "@millrace/core"
import * as Kafka from "@millrace/sinks/Kafka"
import { Config, ConfigProvider, Effect, Exit, Layer, Schema } from "effect"
import { cluster, freshName, isMissing, read, topic } from "./broker.ts"

const identity: BatchSink.Identity = { pipeline: "orders", output: "out", epoch: 1 }

const batchOf = (id: number, ...items: ReadonlyArray<string>) => Batch.make(id, id * 1_000, items)

const values = (name: string) => Effect.map(read(name), (found) => found.map(({ value }) => value))

const record = (value: string): Kafka.KafkaRecord => ({ value })

const both = (name: string, more: Partial<Kafka.ProduceOptions<string>> = {}) => [
  Kafka.transactional({ topic: name, prefix: name, record, ...more }),
  Kafka.produce({ topic: name, record, ...more })
]

const forGood = <A, R>(effect: Effect.Effect<A, Kafka.KafkaError, R>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.isFalse(error.isRetryable)
    return error
  })

const suite = layer(cluster(), { timeout: "60 seconds", excludeTestServices: true })

describe.skipIf(isMissing)("Kafka, bad input", () => suite("a sink", (it) => {
  it.effect("is not opened on a topic that is not there, and makes none", () =>
    Effect.gen(function*() {
      const name = freshName()
      for (const sink of both(name)) {
        const error = yield* forGood(sink.open(identity))
        assert.deepStrictEqual(error.reason, { _tag: "UnknownTopic", topic: name })
        assert.include(error.message, name)
      }
    }))

  it.effect("refuses a record for a topic that is not there, before anything is sent", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const nowhere = freshName()
      for (const sink of both(name, { record: (value) => value === "lost" ? { value, topic: nowhere } : { value } })) {
        const writer = yield* sink.open(identity)
        assert.deepStrictEqual((yield* forGood(writer.commit(batchOf(1, "a", "lost")))).reason, { _tag: "UnknownTopic", topic: nowhere })
        assert.deepStrictEqual(yield* values(name), [])
      }
    }))

  it.effect("refuses a record above its limit, names the limit and not the content, and sends nothing of the batch", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const secret = "secret".repeat(1_000)
      for (const sink of both(name, { maxRequestBytes: 5_000 })) {
        const writer = yield* sink.open(identity)
        const error = yield* forGood(writer.commit(batchOf(1, "a", secret)))
        assert.deepStrictEqual(error.reason, { _tag: "RecordTooLarge", item: 1, bytes: 6_036, limit: 5_000 })
        assert.notInclude(error.message, "secret")
        assert.include(error.message, "5000")
        assert.deepStrictEqual(yield* values(name), [])
      }
    }))

  it.effect("says so where the topic takes less than its limit, and goes on with the next batch", () =>
    Effect.gen(function*() {
      const name = yield* topic(2, [{ name: "max.message.bytes", value: "2000" }])
      const [transactional, produce] = both(name)
      if (transactional === undefined || produce === undefined) return assert.fail()
      const writer = yield* transactional.open(identity)
      const reason = { _tag: "RecordTooLarge", item: undefined, bytes: undefined, limit: 1_000_000 } as const
      assert.deepStrictEqual((yield* forGood(writer.commit(batchOf(1, "x".repeat(3_000))))).reason, reason)
      yield* writer.commit(batchOf(1, "a"))
      assert.deepStrictEqual(yield* values(name), ["a"])
      const other = yield* produce.open(identity)
      assert.deepStrictEqual((yield* forGood(other.commit(batchOf(1, "x".repeat(3_000))))).reason, reason)
      yield* other.commit(batchOf(2, "b"))
      assert.deepStrictEqual((yield* values(name)).toSorted(), ["a", "b"])
    }))

  it.effect("leaves no transaction open that readers would wait for, where a batch is refused for good", () =>
    Effect.gen(function*() {
      const name = yield* topic(2, [{ name: "max.message.bytes", value: "2000" }])
      const sink = Kafka.transactional({
        topic: name,
        prefix: name,
        record: (value: string) => ({ value, partition: value === "taken" ? 0 : 1 })
      })
      const batch = batchOf(1, "taken", "x".repeat(3_000))
      yield* Effect.scoped(Effect.flatMap(sink.open(identity), (writer) => forGood(writer.commit(batch))))
      assert.deepStrictEqual((yield* read(name, { isCommitted: false })).map(({ value }) => value), ["taken"])
      // Fails where a transaction does not end.
      assert.deepStrictEqual(yield* values(name), [])
    }))

  it.effect("refuses what is no record, by the number of the item", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const bad: ReadonlyArray<(value: string) => Kafka.KafkaRecord> = [
        (value) => ({ value: JSON.parse(value) }),
        (value) => ({ value, timestamp: Number.NaN }),
        (value) => ({ value, headers: { x: JSON.parse("7") } })
      ]
      for (const each of bad) {
        for (const sink of both(name, { record: (value) => value === "a" ? { value } : each(value) })) {
          const writer = yield* sink.open(identity)
          assert.deepStrictEqual((yield* forGood(writer.commit(batchOf(1, "a", "7")))).reason, { _tag: "Unencodable", item: 1 })
        }
      }
      for (const sink of both(name, { record: (value) => ({ value, partition: 2 }) })) {
        const writer = yield* sink.open(identity)
        assert.strictEqual((yield* forGood(writer.commit(batchOf(1, "a")))).reason._tag, "BadOptions")
      }
      assert.deepStrictEqual(yield* values(name), [])
    }))

  it.effect("says which rule of the topic a record is against", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      for (const sink of both(name, { record: (value) => ({ value, timestamp: 4_102_444_800_000 }) })) {
        const writer = yield* sink.open(identity)
        const { reason } = yield* forGood(writer.commit(batchOf(1, "of the year 2100")))
        assert.deepStrictEqual(reason, { _tag: "Rejected", code: "INVALID_TIMESTAMP" })
      }
    }))

  it.effect("refuses options that cannot be meant", () =>
    Effect.gen(function*() {
      for (const name of ["", "..", "a topic", "x".repeat(250)]) {
        for (const sink of both(name)) assert.strictEqual((yield* forGood(sink.open(identity))).reason._tag, "BadOptions")
      }
      for (const maxRequestBytes of [0, 999, 1.5, Number.NaN, 200_000_000]) {
        for (const sink of both("orders", { maxRequestBytes })) {
          assert.strictEqual((yield* forGood(sink.open(identity))).reason._tag, "BadOptions")
        }
      }
    }))
}))

describe("Kafka, options of the connection", () => layer(Layer.empty)("a layer", (it) => {
  it.effect("refuses brokers that are none", () =>
    Effect.gen(function*() {
      const options: ReadonlyArray<Kafka.ConnectionOptions> = [
        { brokers: [] },
        { brokers: ["localhost"] },
        { brokers: ["localhost:0"] },
        { brokers: ["localhost:70000"] },
        { brokers: ["localhost:9092"], connectTimeout: "0 seconds" },
        { brokers: ["localhost:9092"], clientId: "" }
      ]
      for (const each of options) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(Kafka.layer(each))))
        assert.strictEqual(error.reason._tag, "BadOptions")
      }
    }))

  it.effect("takes its options from the configuration", () =>
    Effect.gen(function*() {
      const built = Effect.scoped(Layer.build(Kafka.layerConfig({
        brokers: Config.Array(Schema.String, "BROKERS"),
        sasl: { mechanism: Config.succeed("PLAIN" as const), username: Config.String("KAFKA_USER"), password: Config.Redacted("KAFKA_PASSWORD") }
      })))
      const from = (env: Record<string, string>) =>
        Effect.provide(built, ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(from({ BROKERS: "a:9092,[::1]:9093", KAFKA_USER: "u", KAFKA_PASSWORD: "p" }))))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(from({ BROKERS: "a:9092" }))))
    }))
}))
