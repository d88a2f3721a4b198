import { assert, describe, it } from "@effect/vitest"
import { CheckpointStore, Pipeline } from "@millrace/core"
import * as Kafka from "@millrace/receivers/Kafka"
import { startKafka, type StartedKafka } from "@millrace/tool-services"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { afterAll, beforeAll } from "vitest"
import { freshName, isMissing, Kit } from "./broker.ts"
import { gather, opened, valuesOf } from "./reading.ts"
import { pipelineOf, until } from "./running.ts"

let broker: StartedKafka | undefined
let kit: Kit | undefined

beforeAll(async () => {
  if (isMissing) return
  const found = await startKafka()
  if ("missing" in found) return
  broker = found.server
  kit = new Kit(broker.url)
}, 60_000)

afterAll(async () => {
  await kit?.close()
  await broker?.close()
})

/** A test that has a broker of its own, which it may break. */
const breaking = (title: string, test: (broker: StartedKafka, kit: Kit) => Effect.Effect<void, unknown>, millis = 30_000) =>
  it.live.skipIf(isMissing)(title, (context) =>
    broker === undefined || kit === undefined ? Effect.sync(() => context.skip("no broker could be started")) : test(broker, kit), millis)

/** The brokers, and a checkpoint of one's own. */
const durable = (options: Kafka.ConnectionOptions) => Layer.merge(Kafka.layer(options), Layer.fresh(CheckpointStore.layerMemory))

/** What opening a receiver fails with. */
const refusal = (options: Kafka.ConnectionOptions, topic = "nothing") =>
  Effect.scoped(Effect.flip(opened({ name: "refused", topics: [topic], start: "earliest" }))).pipe(Effect.provide(Kafka.layer(options)))

const read = (options: Kafka.ConnectionOptions, topic: string) =>
  Effect.scoped(Effect.gen(function*() {
    const ask = yield* opened({ name: "read", topics: [topic], start: "earliest", value: Kafka.string })
    return valuesOf((yield* gather(ask, 1)).records)
  })).pipe(Effect.provide(Kafka.layer(options)))

/** Topic with its records, in three partitions. */
const filled = (kit: Kit, count: number) =>
  Effect.promise(async () => {
    const topic = await kit.topic("broken", 3)
    const values = Array.from({ length: count }, (_, index) => `value ${index}`)
    for (const partition of [0, 1, 2]) await kit.send(topic, values.filter((_, index) => index % 3 === partition), partition)
    return { topic, values }
  })

describe("brokers that refuse", () => {
  breaking("wrong credentials are told apart from a broker that is gone, and are not tried again", ({ sasl }, kit) =>
    Effect.gen(function*() {
      assert(sasl !== undefined)
      const { password, url, username } = sasl
      const topic = yield* Effect.promise(() => kit.topic("sasl"))
      yield* Effect.promise(() => kit.send(topic, ["secret"]))
      for (const mechanism of ["PLAIN", "SCRAM-SHA-256"] as const) {
        const right = { brokers: [url], sasl: { mechanism, username, password: Redacted.make(password) } }
        assert.deepStrictEqual(yield* read(right, topic), ["secret"])
        const wrong = { brokers: [url], sasl: { mechanism, username, password: Redacted.make("hunter2") } }
        const { isRetryable, message, reason } = yield* refusal(wrong, topic)
        assert.deepStrictEqual([reason._tag, isRetryable], ["AuthenticationFailed", false])
        assert.notInclude(message, "hunter2")
      }
      assert.strictEqual((yield* refusal({ brokers: [url], sasl: { mechanism: "SCRAM-SHA-512", username, password: Redacted.make(password) } }, topic)).reason._tag, "AuthenticationFailed")
    }))

  breaking("a certificate that proves nothing is refused, and so is a broker without TLS", ({ tls, url }, kit) =>
    Effect.gen(function*() {
      assert(tls !== undefined)
      const topic = yield* Effect.promise(() => kit.topic("tls"))
      yield* Effect.promise(() => kit.send(topic, ["sealed"]))
      assert.deepStrictEqual(yield* read({ brokers: [tls.url], tls: { ca: tls.ca } }, topic), ["sealed"])
      assert.deepStrictEqual((yield* refusal({ brokers: [tls.url], tls: true }, topic)).reason._tag, "TlsFailed")
      const named = yield* refusal({ brokers: [tls.url], tls: { ca: tls.ca, servername: "elsewhere.example" } }, topic)
      assert.strictEqual(named.reason._tag, "TlsFailed")
      const plain = yield* refusal({ brokers: [url], tls: true, connectTimeout: "1 second" }, topic)
      assert.include(["TlsFailed", "ConnectionLost"], plain.reason._tag)
    }))

  breaking("a topic that is not there is named", ({ url }) =>
    Effect.gen(function*() {
      const { isRetryable, reason } = yield* refusal({ brokers: [url] }, "nothing-of-that-name")
      assert.deepStrictEqual(reason, new Kafka.UnknownTopic({ topic: "nothing-of-that-name" }))
      assert.isFalse(isRetryable)
    }))

  breaking("where nobody listens it says which brokers were asked, and is tried again", () =>
    Effect.gen(function*() {
      const brokers = ["127.0.0.1:1"]
      const { isRetryable, reason } = yield* refusal({ brokers })
      assert.deepStrictEqual(reason, new Kafka.ConnectionLost({ code: "ECONNREFUSED", brokers }))
      assert.isTrue(isRetryable)
    }))

  breaking("options that cannot be used are refused before anything is opened", ({ url }) =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<readonly [Kafka.ConnectionOptions, string]> = [
        [{ brokers: [] }, "brokers"],
        [{ brokers: ["nowhere"] }, "brokers.0"],
        [{ brokers: [url], connectTimeout: 0 }, "connectTimeout"],
        [{ brokers: [url], requestTimeout: "0 seconds" }, "requestTimeout"]
      ]
      for (const [options, option] of wrong) {
        const { reason } = yield* Effect.flip(Effect.scoped(Layer.build(Kafka.layer(options))))
        assert.isTrue(reason._tag === "InvalidOption" && reason.option === option, `${option}: ${reason.message}`)
      }
      const direct: ReadonlyArray<readonly [Partial<Kafka.DirectOptions<Uint8Array, Uint8Array>>, string]> = [
        [{ topics: [] }, "topics"],
        [{ topics: ["a b"] }, "topics"],
        [{ start: { timestamp: Number.NaN } }, "start"],
        [{ start: { offsets: { another: { 0: 1 } } } }, "start"],
        [{ start: { offsets: { t: { [-1]: 1 } } } }, "start"],
        [{ maxUnpackedBytes: 0 }, "maxUnpackedBytes"],
        [{ maxRatePerPartition: 0 }, "maxRatePerPartition"],
        [{ maxRecordBytes: 0 }, "maxRecordBytes"],
        [{ discoveryInterval: 0 }, "discoveryInterval"]
      ]
      for (const [options, option] of direct) {
        const opening = opened({ name: "wrong", topics: ["t"], start: "earliest", ...options } as Kafka.DirectOptions<Uint8Array, Uint8Array>)
        const { reason } = yield* Effect.scoped(Effect.flip(opening)).pipe(Effect.provide(Kafka.layer({ brokers: [url] })))
        assert.isTrue(reason._tag === "InvalidOption" && reason.option === option, `${option}: ${reason.message}`)
      }
    }))
})

describe("brokers that break", () => {
  const restart = Schedule.spaced("200 millis")
  const patient = { initialRate: 2_000, maxRate: 2_000, restart, value: Kafka.string } as const

  breaking("both forms give every record once, though the broker is killed in the middle of it and comes again", (broker, kit) =>
    Effect.scoped(Effect.gen(function*() {
      const { topic, values } = yield* filled(kit, 3_000)
      const receivers = [
        Kafka.direct({ name: "direct", topics: [topic], start: "earliest", ...patient }),
        Kafka.subscribe({ name: "subscribe", topics: [topic], groupId: freshName("g"), sessionTimeout: "2 seconds", ...patient })
      ]
      const runs = yield* Effect.forEach(receivers, (receiver) => {
        const kept: Array<string> = []
        const keep = (items: ReadonlyArray<Kafka.KafkaRecord<unknown, string>>) =>
          Effect.sync(() => kept.push(...items.map(({ value }) => value ?? "")))
        return Effect.map(Pipeline.start(pipelineOf(receiver.name, receiver, keep)), (running) => ({ kept, running }))
      })
      for (const { kept } of runs) yield* until("some records", () => kept.length > 0)
      yield* Effect.promise(() => broker.kill())
      yield* Effect.promise(() => broker.start())
      for (const { kept } of runs) yield* until("all records", () => kept.length >= values.length)
      yield* Effect.promise(() => kit.send(topic, ["one more"]))
      for (const { kept, running } of runs) {
        yield* until("a record that came after", () => kept.includes("one more"))
        yield* running.stop
        assert.deepStrictEqual(kept.toSorted(), [...values, "one more"].toSorted())
      }
    })).pipe(
      Effect.provide(durable({ brokers: [broker.url], connectTimeout: "1 second", requestTimeout: "2 seconds" }))
    ), 60_000)

  breaking("a broker that does not answer fails in time, and is read on when it does", (broker, kit) =>
    Effect.scoped(Effect.gen(function*() {
      const { topic } = yield* filled(kit, 30)
      const ask = yield* opened({ name: "slow", topics: [topic], start: "earliest", value: Kafka.string })
      const position = (yield* gather(ask, 30)).batches.at(-1)?.block.resumeAfter
      yield* Effect.promise(() => broker.pause())
      const failing = yield* Effect.forkChild(Effect.flip(gather(ask, 1)), { startImmediately: true })
      const { isRetryable, reason } = yield* Fiber.join(failing)
      assert.deepStrictEqual(reason, new Kafka.ConnectionLost({ code: "ETIMEDOUT", brokers: [broker.url] }))
      assert.isTrue(isRetryable)
      const opening = yield* Effect.flip(opened({ name: "slow", topics: [topic], start: "earliest" }, position))
      assert.strictEqual(opening.reason._tag, "ConnectionLost")
      yield* Effect.promise(() => broker.resume())
      yield* Effect.promise(() => kit.send(topic, ["awake"]))
      const again = yield* opened({ name: "slow", topics: [topic], start: "earliest", value: Kafka.string }, position)
      assert.deepStrictEqual(valuesOf((yield* gather(again, 1)).records), ["awake"])
    })).pipe(Effect.provide(Kafka.layer({ brokers: [broker.url], connectTimeout: "500 millis", requestTimeout: "1 second" }))))

  breaking("a coordinator that answers no heartbeat makes the membership be given up, and the group be joined again", (broker, kit) =>
    Effect.scoped(Effect.gen(function*() {
      const { topic, values } = yield* filled(kit, 30)
      const kept: Array<string> = []
      const seen: Array<string> = []
      const receiver = Kafka.subscribe({ name: "stalled", topics: [topic], groupId: freshName("g"), sessionTimeout: "1 second", ...patient })
      const keep = (items: ReadonlyArray<Kafka.KafkaRecord<unknown, string>>) =>
        Effect.sync(() => kept.push(...items.map(({ value }) => value ?? "")))
      const running = yield* Pipeline.start(pipelineOf("stalled", receiver, keep))
      yield* Effect.forkChild(Stream.runForEach(running.events, (event) =>
        Effect.sync(() => event._tag === "ReceiverError" && seen.push(event.error))))
      yield* until("all records", () => kept.length >= values.length)
      yield* Effect.promise(() => broker.pause())
      yield* until("the failure", () => seen.some((error) => error.includes("HEARTBEAT_STALLED")))
      yield* Effect.promise(() => broker.resume())
      yield* Effect.promise(() => kit.send(topic, ["awake"]))
      yield* until("a record that came after", () => kept.includes("awake"))
      yield* running.stop
      assert.deepStrictEqual(kept.toSorted(), [...values, "awake"].toSorted())
    })).pipe(
      // So patient that a request without an answer is not what fails.
      Effect.provide(durable({ brokers: [broker.url], requestTimeout: "30 seconds" }))
    ))
})
