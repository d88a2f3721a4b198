import { assert, describe, it } from "@effect/vitest"
import * as Kafka from "@millrace/receivers/Kafka"
import * as Effect from "effect/Effect"
import { connection, isMissing, Kit, url } from "./broker.ts"
import { gather, opened, valuesOf } from "./reading.ts"
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
        { value: "é€😀", timestamp: 1_700_000_000_200 }
      ]))
      const ask = yield* opened({ name: "parts", topics: [topic], start: "earliest", ...text })
      const { records } = yield* gather(ask, 3)
      assert.deepStrictEqual(records.map(({ key, offset, partition, timestamp, value }) => [key, value, offset, partition, timestamp]), [
        ["k", "v", 0, 0, 1_700_000_000_123],
        ["gone", null, 1, 0, 1_700_000_000_100],
        [null, "é€😀", 2, 0, 1_700_000_000_200]
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
})
