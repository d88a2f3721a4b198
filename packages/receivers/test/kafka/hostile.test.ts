/** Bytes that are not what a producer sent, and bytes that stand for far more. */
import { assert, describe, it } from "@effect/vitest"
import * as Kafka from "@millrace/receivers/Kafka"
import { createRecordsBatch, crc32c as crc32cOfClient } from "@platformatic/kafka"
import * as Effect from "effect/Effect"
import { afterAll } from "vitest"
import { crc32c } from "../../src/kafka/crc32c.ts"
import { PartitionQueue } from "../../src/kafka/PartitionQueue.ts"
import { connection, isMissing, Kit, url } from "./broker.ts"
import { gather, opened, valuesOf } from "./reading.ts"

const kit = new Kit(url)
afterAll(() => kit.close())

const live = it.live.skipIf(isMissing)

const bytes = 5_000_000

describe("a compressed batch of records that becomes too large", () => {
  for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
    live(`is not unpacked: ${compression}`, () =>
      Effect.gen(function*() {
        const topic = yield* Effect.promise(() => kit.topic("bomb"))
        yield* Effect.promise(async () => {
          await kit.send(topic, ["small"], 0, compression)
          await kit.send(topic, ["secret".padEnd(bytes)], 0, compression)
        })
        const options = { name: "bomb", topics: [topic], start: "earliest", value: Kafka.string } as const
        const ask = yield* opened({ ...options, maxUnpackedBytes: 1_000_000 })
        assert.deepStrictEqual(valuesOf((yield* gather(ask, 1)).records), ["small"])
        const { isRetryable, message, reason } = yield* Effect.flip(gather(ask, 1))
        assert.deepStrictEqual(reason, new Kafka.BatchTooLarge({ topic, partition: 0, offset: 1, limit: 1_000_000 }))
        assert.isFalse(isRetryable)
        assert.notInclude(message, "secret")
        // What a bound allows comes whole.
        const { records } = yield* gather(yield* opened({ ...options, maxUnpackedBytes: bytes + 5_000_000 }), 2)
        assert.deepStrictEqual(valuesOf(records).map((value) => value?.length), [5, bytes])
      }).pipe(Effect.provide(connection)))
  }
})

/** What comes of bytes that a broker would have sent. */
const readOf = (bytes: Buffer, checkCrcs = true) => {
  const source = { topic: "t", topicId: "id", partition: 3 }
  const queue = new PartitionQueue(source, { origin: 0, next: 0 }, {
    decompress: (_compression, packed) => packed,
    checkCrcs,
    maxRecordBytes: 1_000,
    maxUnpackedBytes: 1_000
  })
  const place = { topicId: "id", partition: 3, errorCode: 0, highWatermark: 2, lastStableOffset: 2, logStartOffset: 0, aborted: [] }
  queue.add({ ...place, bytes, start: 0, end: bytes.length }, 2)
  const taken = { records: [], bytes: 0 }
  queue.take(2, taken)
  return { queue, taken }
}

describe("the checksum of a batch of records", () => {
  it("finds every flipped bit of what it is of", () => {
    const batch = createRecordsBatch(["one", "two"].map((value) => ({ topic: "t", value: Buffer.from(value) }))).buffer
    // The client begins a batch with its length in a request.
    const whole = Buffer.from(batch.subarray(batch.length - batch.readInt32BE(batch.indexOf(Buffer.alloc(8)) + 8) - 12))
    assert.deepStrictEqual(readOf(whole).taken.records.length, 2)
    for (let bit = 17 * 8; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole)
      flipped[bit >>> 3]! ^= 1 << (bit & 7)
      const { queue, taken } = readOf(flipped)
      assert.deepStrictEqual(taken.records, [], `bit ${bit}`)
      assert(queue.trouble?._tag === "CorruptRecords", `bit ${bit}`)
      assert.deepStrictEqual([queue.trouble.topic, queue.trouble.partition, queue.trouble.offset], ["t", 3, 0])
      assert.notInclude(queue.trouble.message, "one")
    }
    const value = Buffer.from(whole)
    value[value.indexOf("two")]! ^= 1
    assert.deepStrictEqual(readOf(value, false).taken.records.length, 2)
  })

  it("is what the client makes of bytes of any length, wherever they lie", () => {
    const bytes = Buffer.from(Array.from({ length: 300 }, (_, index) => index * 7_919 >>> 3 & 0xff))
    assert.strictEqual(crc32c(Buffer.from("123456789"), 0, 9), 0xe3069283)
    for (let length = 0; length < 100; length++) {
      const part = bytes.subarray(length, 2 * length)
      assert.strictEqual(crc32c(bytes, length, 2 * length), crc32cOfClient(part) >>> 0, `${length}`)
    }
  })
})
