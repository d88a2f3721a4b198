/** A broker that is killed, stopped, slow, or does not know whoever asks. */
import { assert, describe, it } from "@effect/vitest"
import { Batch, type BatchSink } from "@millrace/core"
import * as Kafka from "@millrace/sinks/Kafka"
import { startKafka, type StartedKafka } from "@millrace/tool-services"
import { Effect, Fiber, Layer, Option, Redacted, Schedule } from "effect"
import { afterAll, beforeAll } from "vitest"
import { cluster, isMissing, read, topic } from "./broker.ts"

let broker: StartedKafka | undefined

const identity = (epoch = 1): BatchSink.Identity => ({ pipeline: "orders", output: "out", epoch })

const startedAt = Date.now()

/** A broker that starts again has forgotten a producer whose newest record is older than a day, by the record's own time. */
const batchOf = (id: number, items: ReadonlyArray<string>) => Batch.make(id, startedAt + id, items)

const sinkTo = (name: string) =>
  Kafka.transactional({ topic: name, prefix: name, record: (value: string) => ({ key: value, value }), maxRequestBytes: 20_000 })

const produceTo = (name: string) => Kafka.produce({ topic: name, record: (value: string) => ({ key: value, value }) })

/** As the engine tries. */
const patiently = <A, R>(effect: Effect.Effect<A, Kafka.KafkaError, R>) =>
  Effect.retry(effect, { while: ({ isRetryable }) => isRetryable, schedule: Schedule.spaced("100 millis"), times: 200 })

const errorOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.flip(Effect.scoped(effect))

describe.skipIf(isMissing)("Kafka, a broker", () => {
  beforeAll(async () => {
    const found = await startKafka()
    if ("server" in found) broker = found.server
  }, 60_000)

  afterAll(() => broker?.close())

  const test = (title: string, body: (broker: StartedKafka) => Effect.Effect<void, unknown, never>) =>
    it.live(title, (context) => broker === undefined ? Effect.sync(() => context.skip()) : body(broker), 60_000)

  const values = (name: string, at: string) =>
    Effect.map(read(name, { at }), (found) => found.map(({ value }) => value).toSorted())

  test("that is killed in the middle of batches and started again has each batch once", (broker) =>
    Effect.scoped(Effect.gen(function*() {
      const name = yield* topic(2, [], broker.url)
      const writer = yield* sinkTo(name).open(identity())
      const other = yield* topic(2, [], broker.url)
      const produced = yield* produceTo(other).open(identity())
      const batches = Array.from({ length: 60 }, (_, index) =>
        batchOf(index + 1, Array.from({ length: 500 }, (_, n) => `${index + 1}/${n} ${"x".repeat(50)}`)))
      let failures = 0
      const failing = <A, R>(effect: Effect.Effect<A, Kafka.KafkaError, R>) =>
        patiently(Effect.tapError(effect, () => Effect.sync(() => void failures++)))
      const writing = yield* Effect.forkChild(Effect.forEach(batches, (batch) =>
        Effect.andThen(failing(writer.commit(batch)), failing(produced.commit(batch)))))
      yield* Effect.repeat(writer.lastCommitted, { until: (last) => Option.getOrElse(last, () => 0) >= 5, schedule: Schedule.spaced("5 millis") })
      yield* Effect.promise(() => broker.kill())
      yield* Effect.promise(() => broker.start())
      yield* Fiber.join(writing)
      assert.isAbove(failures, 0)
      assert.deepStrictEqual(yield* writer.lastCommitted, Option.some(60))
      const expected = batches.flatMap(({ items }) => items).toSorted()
      assert.deepStrictEqual(yield* values(name, broker.url), expected)
      // One run, one producer: what was sent again is known by its number.
      assert.deepStrictEqual(yield* values(other, broker.url), expected)
    })).pipe(Effect.provide(cluster(broker.url))))

  test("that does not answer in time is a connection that is lost, and has the batch once when it wakes up", (broker) =>
    Effect.scoped(Effect.gen(function*() {
      const name = yield* topic(2, [], broker.url)
      const writer = yield* sinkTo(name).open(identity())
      const produced = yield* produceTo(name).open(identity())
      yield* Effect.acquireRelease(Effect.promise(async () => broker.pause()), () => Effect.promise(async () => broker.resume()))
      for (const commit of [writer.commit(batchOf(1, ["a"])), produced.commit(batchOf(1, ["b"]))]) {
        const started = performance.now()
        const error = yield* errorOf(commit)
        assert.deepStrictEqual(error.reason, { _tag: "ConnectionLost" })
        assert.isBelow(performance.now() - started, 15_000)
      }
      yield* Effect.promise(async () => broker.resume())
      yield* patiently(writer.commit(batchOf(1, ["a"])))
      yield* patiently(produced.commit(batchOf(1, ["b"])))
      assert.deepStrictEqual(yield* values(name, broker.url), ["a", "b"])
    })).pipe(Effect.provide(Layer.orDie(Kafka.layer({ brokers: [broker.url], requestTimeout: "1 second", connectTimeout: "1 second" })))))

  test("that knows nobody of the name, or not by this password or mechanism, says so for good", (broker) =>
    Effect.gen(function*() {
      if (broker.sasl === undefined) return
      const { password, url, username } = broker.sasl
      const name = yield* topic(2, [], broker.url)
      const open = (sasl: Kafka.ConnectionOptions["sasl"]) =>
        sinkTo(name).open(identity()).pipe(
          Effect.provide(Kafka.layer(sasl === undefined ? { brokers: [url] } : { brokers: [url], sasl }))
        )
      for (const mechanism of ["PLAIN", "SCRAM-SHA-256"] as const) {
        yield* open({ mechanism, username, password: Redacted.make(password) })
        for (const wrong of [{ username, password: "no such secret" }, { username: "nobody", password }]) {
          const error = yield* errorOf(open({ mechanism, username: wrong.username, password: Redacted.make(wrong.password) }))
          assert.deepStrictEqual(error.reason, { _tag: "AuthenticationFailed" })
          assert.isFalse(error.isRetryable)
          assert.notInclude(`${error.message} ${JSON.stringify(error)}`, wrong.password)
        }
      }
      const other = yield* errorOf(open({ mechanism: "SCRAM-SHA-512", username, password: Redacted.make(password) }))
      assert.deepStrictEqual(other.reason, { _tag: "AuthenticationFailed" })
    }).pipe(Effect.scoped))

  test("is spoken to by TLS where its certificate is trusted, and not where it is not", (broker) =>
    Effect.gen(function*() {
      if (broker.tls === undefined) return
      const { ca, url } = broker.tls
      const name = yield* topic(2, [], broker.url)
      const open = (options: Kafka.ConnectionOptions) => sinkTo(name).open(identity()).pipe(Effect.provide(Kafka.layer(options)))
      yield* open({ brokers: [url], tls: { ca } })
      assert.strictEqual((yield* errorOf(open({ brokers: [url], tls: true }))).reason._tag, "TlsFailed")
      assert.strictEqual((yield* errorOf(open({ brokers: [url], tls: { ca, servername: "elsewhere" } }))).reason._tag, "TlsFailed")
      assert.strictEqual((yield* errorOf(open({ brokers: [url] }))).reason._tag, "TlsFailed")
    }).pipe(Effect.scoped))

  test("that is gone is an error that may pass", (broker) =>
    Effect.gen(function*() {
      yield* Effect.promise(() => broker.stop())
      for (const sink of [sinkTo("orders"), produceTo("orders")]) {
        const error = yield* errorOf(sink.open(identity()).pipe(Effect.provide(Kafka.layer({ brokers: [broker.url] }))))
        assert.deepStrictEqual(error.reason, { _tag: "ConnectionLost" })
        assert.isTrue(error.isRetryable)
      }
    }))
})
