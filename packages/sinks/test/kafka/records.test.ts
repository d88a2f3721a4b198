import { assert, describe, layer } from "@effect/vitest"
import { Batch, type BatchSink } from "@millrace/core"
import * as Kafka from "@millrace/sinks/Kafka"
import { Effect, Metric, Schema } from "effect"
import { murmur2 } from "../../src/kafka/murmur2.ts"
import { cluster, isMissing, read, topic } from "./broker.ts"
import { faulty } from "./faulty.ts"

const identity: BatchSink.Identity = { pipeline: "orders", output: "out", epoch: 1 }

const batchOf = <A>(id: number, items: ReadonlyArray<A>) => Batch.make(id, id * 1_000, items)

const values = (name: string) => Effect.map(read(name), (found) => found.map(({ value }) => value).toSorted())

const suite = layer(cluster(), { timeout: "60 seconds", excludeTestServices: true })

const record = (value: string) => ({ value })

describe.skipIf(isMissing)("Kafka, records", () => suite("a record", (it) => {
  it("goes to the partition that Kafka's own clients choose for its key", () => {
    // What org.apache.kafka.common.utils.Utils.murmur2 gives for these.
    const known: ReadonlyArray<readonly [string, number]> = [
      ["21", -973932308],
      ["foobar", -790332482],
      ["a-little-bit-long-string", -985981536],
      ["a-little-bit-longer-string", -1486304829],
      ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
      ["abc", 479470107]
    ]
    for (const [key, hash] of known) assert.strictEqual(murmur2(Buffer.from(key)), hash)
  })

  it.effect("has key, value, headers and time as they were given", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const other = yield* topic()
      const given: ReadonlyArray<Kafka.KafkaRecord> = [
        { key: "21", value: "text ü \u{1F600}", headers: { trace: "7", empty: "", none: null }, timestamp: 1_700_000_000_123 },
        { key: new Uint8Array([0x61]), value: new Uint8Array([0x62]), partition: 1 },
        { key: "21", value: null, timestamp: 1_600_000_000_000 },
        { key: "", value: "", timestamp: 1_000 },
        { value: "elsewhere", topic: other }
      ]
      const writer = yield* Kafka.produce({ topic: name, record: (each: Kafka.KafkaRecord) => each }).open(identity)
      yield* writer.commit(Batch.make(1, 1_500_000_000_000, given))
      const found = yield* read(name)
      const of = (partition: number) => found.filter((each) => each.partition === partition)
      const here = (murmur2(Buffer.from("21")) & 0x7fffffff) % 2
      assert.deepStrictEqual(of(here).slice(0, 2), [
        {
          partition: here,
          key: "21",
          value: "text ü \u{1F600}",
          headers: { trace: "7", empty: "", none: null },
          timestamp: 1_700_000_000_123
        },
        { partition: here, key: "21", value: null, headers: {}, timestamp: 1_600_000_000_000 }
      ])
      assert.deepInclude(of(1), { partition: 1, key: "a", value: "b", headers: {}, timestamp: 1_500_000_000_000 })
      assert.isTrue(found.some(({ key, timestamp, value }) => key === "" && value === "" && timestamp === 1_000))
      assert.strictEqual(found.length, 4)
      assert.deepStrictEqual((yield* read(other)).map(({ value }) => value), ["elsewhere"])
    }))

  it.effect("is in its order within a partition, in as many requests as a batch takes, however it is compressed", () =>
    Effect.gen(function*() {
      const items = Array.from({ length: 20_000 }, (_, n) => n)
      for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
        const name = yield* topic()
        const sink = Kafka.transactional({
          topic: name,
          prefix: name,
          compression,
          maxRequestBytes: 50_000,
          record: (n: number) => ({ key: `${n % 7}`, value: `${n}` })
        })
        const writer = yield* sink.open(identity)
        yield* writer.commit(batchOf(1, items))
        const found = yield* read(name)
        assert.strictEqual(found.length, items.length)
        for (let key = 0; key < 7; key++) {
          const ofKey = found.filter((each) => each.key === `${key}`)
          assert.strictEqual(new Set(ofKey.map(({ partition }) => partition)).size, 1)
          assert.deepStrictEqual(ofKey.map(({ value }) => Number(value)), items.filter((n) => n % 7 === key))
        }
      }
    }))

  it.effect("without a key goes to one partition after the other", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const writer = yield* Kafka.produce({ topic: name, record }).open(identity)
      yield* writer.commit(batchOf(1, Array.from({ length: 2_500 }, (_, n) => `${n}`)))
      yield* writer.commit(batchOf(2, ["x"]))
      const found = yield* read(name)
      assert.deepStrictEqual([0, 1].map((each) => found.filter(({ partition }) => partition === each).length), [1_001, 1_500])
    }))

  it("is JSON by `json`, by the schema where there is one", () => {
    const Order = Schema.Struct({ id: Schema.String, at: Schema.Date, n: Schema.BigInt })
    const encode = Kafka.json({ schema: Order, key: ({ id }) => id })
    assert.deepStrictEqual(encode({ id: "7", at: new Date(0), n: 5n }), {
      key: "7",
      value: "{\"id\":\"7\",\"at\":\"1970-01-01T00:00:00.000Z\",\"n\":\"5\"}"
    })
    assert.deepStrictEqual(Kafka.json()([1, undefined]), { value: "[1,null]" })
    assert.deepStrictEqual(Kafka.json()(undefined), { value: "null" })
  })

  it.effect("by `produce` is there once within a run, also where its answer was lost", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const { next, open } = yield* faulty
      const writer = yield* open(Kafka.produce({ topic: name, record }), identity)
      const expected: Array<string> = []
      for (let id = 1; id <= 6; id++) {
        const batch = batchOf(id, [`${id} a`, `${id} b`])
        expected.push(...batch.items)
        if (id % 3 !== 0) {
          next({ request: "produce", at: id % 3 === 1 ? "answer" : "request" })
          assert.isTrue((yield* Effect.flip(writer.commit(batch))).isRetryable)
        }
        yield* writer.commit(batch)
        assert.deepStrictEqual(yield* values(name), expected)
      }
    }))

  it.effect("by `produce` is there after a batch that was given up", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const { next, open } = yield* faulty
      const writer = yield* open(Kafka.produce({ topic: name, record }), identity)
      yield* writer.commit(batchOf(1, ["a"]))
      next({ request: "produce", at: "request" })
      yield* Effect.flip(writer.commit(batchOf(2, ["given up"])))
      yield* writer.commit(batchOf(3, ["b"]))
      assert.deepStrictEqual(yield* values(name), ["a", "b"])
    }))

  it.effect("is counted", () =>
    Effect.gen(function*() {
      const name = yield* topic()
      const output = `out of ${name}`
      const sink = Kafka.transactional({ topic: name, prefix: name, record })
      const writer = yield* sink.open({ pipeline: "orders", output, epoch: 1 })
      yield* writer.commit(batchOf(1, ["a", "b"]))
      yield* writer.commit(batchOf(1, ["a", "b"]))
      const snapshot = yield* Metric.snapshot
      const count = (id: string) => snapshot.find((each) => each.id === id && each.attributes?.["output"] === output)?.state
      assert.deepInclude(count("millrace_kafka_sent_records_total"), { count: 2 })
      assert.deepInclude(count("millrace_kafka_repeated_batches_total"), { count: 1 })
    }))
}))
