import { assert, describe, it } from "@effect/vitest"
import * as Kafka from "@millrace/receivers/Kafka"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { connection, counted, freshName, isMissing, Kit, url } from "./broker.ts"
import { decoded, gather, opened, valuesOf } from "./reading.ts"
import { afterAll } from "vitest"

const kit = new Kit(url)
afterAll(() => kit.close())

const live = it.live.skipIf(isMissing)

const text = { key: Kafka.string, value: Kafka.string } as const

describe("Kafka.direct", () => {
  live("gives every part of a record, and keeps what is missing", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("parts"))
      yield* Effect.promise(() => kit.produce(topic, [
        { key: "k", value: "v", timestamp: 1_700_000_000_123, headers: { trace: "abc", other: "é" } },
        { key: "gone", value: null, timestamp: 1_700_000_000_100 },
        { value: "é€😀", timestamp: 1_700_000_000_200 },
        { key: "", value: "", timestamp: 1_700_000_000_300 }
      ]))
      const ask = yield* opened({ name: "parts", topics: [topic], start: "earliest", ...text })
      const { records } = yield* gather(ask, 4)
      assert.deepStrictEqual(records.map(({ key, offset, partition, timestamp, value }) => [key, value, offset, partition, timestamp]), [
        ["k", "v", 0, 0, 1_700_000_000_123],
        ["gone", null, 1, 0, 1_700_000_000_100],
        [null, "é€😀", 2, 0, 1_700_000_000_200],
        ["", "", 3, 0, 1_700_000_000_300]
      ])
      assert.deepStrictEqual(records[0]?.headers.map(({ key, value }) => [key, Buffer.from(value ?? []).toString()]), [
        ["trace", "abc"],
        ["other", "é"]
      ])
      assert.deepStrictEqual(records[1]?.headers, [])
    }).pipe(Effect.provide(connection)))

  for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
    live(`reads ${compression}, in parts as small as one record`, () =>
      Effect.gen(function*() {
        const topic = yield* Effect.promise(() => kit.topic(compression))
        const sent = Array.from({ length: 300 }, (_, index) => `record ${index} `.repeat(5))
        yield* Effect.promise(() => kit.send(topic, sent, 0, compression))
        const ask = yield* opened({ name: compression, topics: [topic], start: "earliest", ...text })
        const { batches, records } = yield* gather(ask, 300, 7)
        assert.deepStrictEqual(valuesOf(records), sent)
        assert.isAtLeast(batches.length, 300 / 7)
      }).pipe(Effect.provide(connection)))
  }

  live("begins where it is told to", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("start", 2))
      yield* Effect.promise(async () => {
        await kit.produce(topic, [{ value: "a", timestamp: 1_000 }, { value: "b", timestamp: 2_000 }, { value: "c", timestamp: 3_000 }])
        await kit.produce(topic, [{ value: "d", timestamp: 1_500 }], 1)
      })
      const at = (start: Kafka.Start, count: number) =>
        Effect.scoped(Effect.gen(function*() {
          const ask = yield* opened({ name: "start", topics: [topic], start, ...text })
          return valuesOf((yield* gather(ask, count)).records).toSorted()
        }))
      assert.deepStrictEqual(yield* at("earliest", 4), ["a", "b", "c", "d"])
      assert.deepStrictEqual(yield* at({ timestamp: 1_500 }, 3), ["b", "c", "d"])
      // Partition 1 has nothing that new: it begins at its end.
      assert.deepStrictEqual(yield* at({ timestamp: 2_500 }, 1), ["c"])
      assert.deepStrictEqual(yield* at({ offsets: { [topic]: { 0: 2 } } }, 2), ["c", "d"])
      const ask = yield* opened({ name: "start", topics: [topic], start: "latest", ...text })
      assert.deepStrictEqual((yield* ask()).records, [])
      yield* Effect.promise(() => kit.send(topic, ["late"]))
      assert.deepStrictEqual(valuesOf((yield* gather(ask, 1)).records), ["late"])
    }).pipe(Effect.provide(connection)))

  live("goes on after a position, and the first block of nothing is a position already", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("resume"))
      const options = { name: "resume", topics: [topic], start: "latest", ...text } as const
      const position = yield* Effect.scoped(Effect.gen(function*() {
        const { block } = yield* (yield* opened(options))()
        return block.resumeAfter
      }))
      yield* Effect.promise(() => kit.send(topic, ["came meanwhile"]))
      const { records } = yield* gather(yield* opened(options, position), 1)
      assert.deepStrictEqual(valuesOf(records), ["came meanwhile"])
    }).pipe(Effect.provide(connection)))

  live("divides a batch among the partitions by how far behind they are", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("share", 3))
      yield* Effect.promise(async () => {
        await kit.send(topic, Array.from({ length: 900 }, (_, index) => `a${index}`), 0)
        await kit.send(topic, Array.from({ length: 90 }, (_, index) => `b${index}`), 1)
        await kit.send(topic, ["c0", "c1"], 2)
      })
      const counts = (records: ReadonlyArray<Kafka.KafkaRecord<string, string>>) =>
        [0, 1, 2].map((partition) => records.filter((record) => record.partition === partition).length)
      const name = freshName("share")
      const ask = yield* opened({ name, topics: [topic], start: "earliest", ...text })
      const { block: first, records: taken } = yield* ask(100)
      assert.deepStrictEqual(counts(taken), [90, 9, 1])
      assert.strictEqual(yield* counted("records_total", name), 100)
      assert.strictEqual(yield* counted("bytes_total", name), first.bytes)
      assert.strictEqual(yield* counted("lag_records", name), 810 + 81 + 1)
      const limited = yield* opened({ name: "share", topics: [topic], start: "earliest", maxRatePerPartition: 50, ...text })
      yield* limited()
      const { block, records } = yield* limited()
      assert.deepStrictEqual(counts(records).slice(0, 2), [50, 40])
      assert.strictEqual(block.records, records.length)
    }).pipe(Effect.provide(connection)))

  live("finds topics of its pattern and partitions that are made while it runs, and reads them from their beginning", () =>
    Effect.gen(function*() {
      const base = freshName("pattern")
      yield* Effect.promise(async () => {
        await kit.make(`${base}-1`)
        await kit.make(`other-${base}-1`)
        await kit.send(`${base}-1`, ["one"])
        await kit.send(`other-${base}-1`, ["never"])
      })
      const topicPattern = new RegExp(`${base}-\\d+`)
      const ask = yield* opened({ name: "pattern", topicPattern, start: "latest", discoveryInterval: "50 millis", ...text })
      assert.deepStrictEqual((yield* ask()).records, [])
      yield* Effect.promise(async () => {
        await kit.make(`${base}-2`)
        await kit.send(`${base}-2`, ["two"])
        await kit.admin.createPartitions({ topics: [{ name: `${base}-1`, count: 2, assignments: [{ brokerIds: [1] }] }] })
        await kit.produceAt(`${base}-1`, "three", 1)
      })
      const { batches, records } = yield* gather(ask, 2)
      assert.deepStrictEqual(valuesOf(records).toSorted(), ["three", "two"])
      const position = batches.at(-1)?.block.resumeAfter?.topics
      assert.deepStrictEqual(position?.[`${base}-1`]?.partitions.map(([, , next]) => next), [1, 1])
    }).pipe(Effect.provide(connection)))

  live("says what was removed before it was read, or goes on and counts it", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("retention"))
      yield* Effect.promise(() => kit.send(topic, Array.from({ length: 10 }, (_, index) => String(index))))
      const options = { name: freshName("retention"), topics: [topic], start: "earliest", ...text } as const
      const position = yield* Effect.scoped(Effect.gen(function*() {
        const ask = yield* opened(options)
        return (yield* gather(ask, 3, 3)).batches.at(-1)?.block.resumeAfter
      }))
      yield* Effect.promise(() => kit.admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 7n }] }] }))
      const { reason } = yield* Effect.flip(gather(yield* opened(options, position), 1))
      assert.deepStrictEqual(reason, new Kafka.OffsetOutOfRange({ topic, partition: 0, offset: 3, earliest: 7, latest: 10 }))
      assert.include(reason.message, "offsets 3 to 6 were removed before they were read")
      const going = yield* opened({ ...options, onLostData: "earliest" }, position)
      const { batches, records } = yield* gather(going, 3)
      assert.deepStrictEqual(valuesOf(records), ["7", "8", "9"])
      assert.strictEqual(yield* counted("lost_records_total", options.name), 4)
      // What was read can be read again, although what was before it is gone.
      const receiver = Kafka.direct(options)
      const range = { after: Option.fromUndefinedOr(position), until: batches.at(-1)?.block.resumeAfter }
      const again = yield* Effect.scoped(receiver.reread?.(range) ?? Effect.succeed([]))
      assert.deepStrictEqual(valuesOf(decoded(receiver, again)), ["7", "8", "9"])
      const newest = yield* opened({ ...options, onLostData: "latest" }, position)
      yield* newest()
      yield* Effect.sleep("300 millis")
      yield* Effect.promise(() => kit.send(topic, ["new"]))
      assert.deepStrictEqual(valuesOf((yield* gather(newest, 1)).records), ["new"])
    }).pipe(Effect.provide(connection)))

  live("tells a topic that was made anew from the one that it read", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("anew"))
      yield* Effect.promise(() => kit.send(topic, ["old 0", "old 1"]))
      const options = { name: "anew", topics: [topic], start: "earliest", discoveryInterval: "50 millis", ...text } as const
      const ask = yield* opened(options)
      const position = (yield* gather(ask, 2)).batches.at(-1)?.block.resumeAfter
      yield* Effect.promise(async () => {
        await kit.admin.deleteTopics({ topics: [topic] })
        await kit.makeAgain(topic)
        await kit.send(topic, ["new 0", "new 1", "new 2"])
      })
      const { reason } = yield* Effect.flip(opened(options, position))
      assert.strictEqual(reason._tag, "TopicReplaced")
      const { records } = yield* gather(yield* opened({ ...options, onLostData: "earliest" }, position), 3)
      assert.deepStrictEqual(valuesOf(records), ["new 0", "new 1", "new 2"])
      // The one that was reading it all the time sees that it is gone, or another.
      const late = yield* Effect.flip(gather(ask, 1))
      assert.include(["TopicReplaced", "UnknownTopic"], late.reason._tag)
    }).pipe(Effect.provide(connection)))

  live("stops before a record that is larger than allowed, and says which it is", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("large", 1, { "max.message.bytes": "8000000" }))
      yield* Effect.promise(() => kit.send(topic, ["small", "x".repeat(5_000_000), "after"]))
      const options = { name: "large", topics: [topic], start: "earliest", ...text } as const
      const ask = yield* opened({ ...options, maxRecordBytes: 4_000_000 })
      assert.deepStrictEqual(valuesOf((yield* gather(ask, 1)).records), ["small"])
      const { isRetryable, reason } = yield* Effect.flip(gather(ask, 1))
      assert(reason._tag === "RecordTooLarge")
      assert.deepStrictEqual([reason.topic, reason.partition, reason.offset, isRetryable], [topic, 0, 1, false])
      assert.isAtLeast(reason.bytes, 5_000_000)
      // More than is fetched of a partition at once otherwise.
      const { records } = yield* gather(yield* opened(options), 3)
      assert.deepStrictEqual(valuesOf(records).map((value) => value?.length), [5, 5_000_000, 5])
    }).pipe(Effect.provide(connection)))

  live("reads a batch again though what one partition has ahead leaves no room for another", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("again", 2))
      const sent = (partition: number) => Array.from({ length: 20 }, (_, index) => `${partition}:${index}`.padEnd(partition === 0 ? 4_000 : 40_000))
      yield* Effect.promise(async () => {
        for (const value of sent(0)) await kit.send(topic, [value], 0)
        await kit.send(topic, sent(1), 1)
      })
      const options = { name: "again", topics: [topic], start: "earliest", maxBufferBytes: 10_000, value: Kafka.string } as const
      const { batches } = yield* gather(yield* opened(options), 40)
      const until = batches.at(-1)?.block.resumeAfter
      assert(until !== undefined)
      const receiver = Kafka.direct(options)
      const range = { after: Option.none(), until: { ...until, block: 2 } }
      const again = yield* Effect.timeout(Effect.scoped(receiver.reread?.(range) ?? Effect.succeed([])), "8 seconds")
      assert.deepStrictEqual(valuesOf(decoded(receiver, again)), [...sent(0), ...sent(1)])
    }).pipe(Effect.provide(connection)))

  live("reads a topic that is called like something every object has", () =>
    Effect.gen(function*() {
      const topic = "constructor"
      yield* Effect.promise(async () => {
        await kit.makeAgain(topic)
        await kit.send(topic, ["one"])
      })
      const options = { name: "named", topics: [topic], start: "earliest", value: Kafka.string } as const
      const { batches, records } = yield* gather(yield* opened(options), 1)
      assert.deepStrictEqual(valuesOf(records), ["one"])
      yield* Effect.promise(() => kit.send(topic, ["two"]))
      const again = yield* opened(options, batches[0]?.block.resumeAfter)
      assert.deepStrictEqual(valuesOf((yield* gather(again, 1)).records), ["two"])
    }).pipe(Effect.provide(connection)))

  live("holds no more than its buffer and one answer, however much there is", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("bound"))
      // In batches of half a megabyte.
      yield* Effect.promise(async () => {
        for (let sent = 0; sent < 2_000; sent += 100) await kit.send(topic, Array.from({ length: 100 }, () => "x".repeat(5_000)))
      })
      const ask = yield* opened({ name: "bound", topics: [topic], start: "earliest", maxBufferBytes: 1_000_000, ...text })
      const { batches, records } = yield* gather(ask, 2_000)
      assert.strictEqual(records.length, 2_000)
      for (const { block } of batches) assert.isAtMost(block.bytes, 2_000_000)
    }).pipe(Effect.provide(connection)))
})
