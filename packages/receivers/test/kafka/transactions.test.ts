import { assert, describe, it } from "@effect/vitest"
import * as Kafka from "@millrace/receivers/Kafka"
import { ProduceAcks, Producer } from "@platformatic/kafka"
import * as Effect from "effect/Effect"
import { afterAll } from "vitest"
import { connection, freshName, isMissing, Kit, messageOf, url } from "./broker.ts"
import { gather, opened, valuesOf } from "./reading.ts"

const kit = new Kit(url)
afterAll(() => kit.close())

const live = it.live.skipIf(isMissing)

const transactional = Effect.acquireRelease(
  Effect.sync(() =>
    new Producer({
      clientId: "tests",
      bootstrapBrokers: [url],
      transactionalId: freshName("tx"),
      idempotent: true,
      producerId: -1n,
      producerEpoch: -1,
      acks: ProduceAcks.ALL,
      retries: 5
    })
  ),
  (producer) => Effect.promise(() => producer.close())
)

/** Each part in a request of its own, all of them in one transaction. */
const transact = (producer: Producer, topic: string, parts: ReadonlyArray<ReadonlyArray<string>>, end: "commit" | "abort") =>
  Effect.promise(async () => {
    const transaction = await producer.beginTransaction()
    for (const part of parts) await transaction.send({ messages: part.map((value) => messageOf(topic, 0, { value })) })
    await transaction[end]()
  })

const strings = (topic: string) => ({ name: "transactions", topics: [topic], start: "earliest", value: Kafka.string } as const)

describe("Kafka.direct and transactions", () => {
  live("does not see what was aborted, and goes on past it and past the marks where transactions ended", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("tx"))
      const one = yield* transactional
      const two = yield* transactional
      yield* transact(one, topic, [["aborted 1"], ["aborted 2"]], "abort")
      yield* transact(two, topic, [["committed 1"]], "commit")
      // Twice by the same producer, with one that counts in between.
      yield* transact(one, topic, [["aborted 3"]], "abort")
      yield* transact(one, topic, [["committed 2"], ["committed 3"]], "commit")
      yield* transact(one, topic, [["aborted 4"]], "abort")
      yield* Effect.promise(() => kit.send(topic, ["plain"]))
      yield* transact(two, topic, [["aborted 5"]], "abort")
      const ask = yield* opened(strings(topic))
      const committed = ["committed 1", "committed 2", "committed 3", "plain"]
      const { batches, records } = yield* gather(ask, 4, 1)
      assert.deepStrictEqual(valuesOf(records), committed)
      // Ranges of nothing but marks and aborted records are ranges too: it gets to the end.
      let last = batches.at(-1)?.block.resumeAfter
      for (let tries = 0; tries < 50; tries++) last = (yield* ask()).block.resumeAfter ?? last
      assert.deepStrictEqual(last?.topics[topic]?.partitions.map(([, , next]) => next), [records.length + 5 + 6])
      assert.deepStrictEqual(valuesOf((yield* gather(yield* opened(strings(topic), last), 0)).records), [])
      const all = yield* gather(yield* opened({ ...strings(topic), isolation: "read_uncommitted" }), 9)
      assert.deepStrictEqual(valuesOf(all.records).filter((value) => value?.startsWith("aborted")).length, 5)
    }).pipe(Effect.provide(connection)))

  live("does not see what was aborted where its end is in another answer than its beginning", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("tx-long"))
      const producer = yield* transactional
      const parts = Array.from({ length: 30 }, (_, part) => Array.from({ length: 20 }, () => `${part}:${"x".repeat(1_000)}`))
      yield* transact(producer, topic, parts, "abort")
      yield* Effect.promise(() => kit.send(topic, ["after"]))
      // The whole is 600 KB: an answer has a tenth of it.
      const ask = yield* opened({ ...strings(topic), maxBufferBytes: 60_000 })
      assert.deepStrictEqual(valuesOf((yield* gather(ask, 1)).records), ["after"])
    }).pipe(Effect.provide(connection)))

  live("waits for the end of a transaction that is open", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("tx-open"))
      const producer = yield* transactional
      const transaction = yield* Effect.promise(async () => {
        const transaction = await producer.beginTransaction()
        await transaction.send({ messages: [messageOf(topic, 0, { value: "open" })] })
        await kit.send(topic, ["behind it"])
        return transaction
      })
      const ask = yield* opened(strings(topic))
      for (let tries = 0; tries < 20; tries++) {
        assert.deepStrictEqual((yield* ask()).records, [])
        yield* Effect.sleep("10 millis")
      }
      yield* Effect.promise(() => transaction.commit())
      assert.deepStrictEqual(valuesOf((yield* gather(ask, 2)).records), ["open", "behind it"])
    }).pipe(Effect.provide(connection)))
})
