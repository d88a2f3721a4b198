/** What is published, and when a batch counts as published. */
import { assert, describe, it } from "@effect/vitest"
import { type BatchSink, CheckpointStore, DStream, Pipeline, Receiver } from "@millrace/core"
import * as From from "@millrace/receivers/Mqtt"
import * as Mqtt from "@millrace/sinks/Mqtt"
import { Effect, Fiber, Schedule, Schema } from "effect"
import type { Packet } from "mqtt-packet"
import { batchOf, client, commit, eventually, freshName, identity, isMissing, listening, proxied, scripted, texts, url } from "./broker.ts"

const text = (item: string) => item

describe.skipIf(isMissing)("Mqtt.publish", () => {
  for (const version of ["5", "3.1.1"] as const) {
    for (const qos of [0, 1, 2] as const) {
      it.live(`publishes every item in order: MQTT ${version}, QoS ${qos}`, () =>
        Effect.gen(function*() {
          const topic = freshName()
          const seen = yield* listening(topic)
          const items = Array.from({ length: 300 }, (_, n) => `item ${n}`)
          yield* commit({ url, topic, payload: text, qos, protocolVersion: version }, items.slice(0, 250), [], items.slice(250))
          yield* eventually("all came", () => seen.length === 300)
          assert.deepStrictEqual(texts(seen), items)
          assert.deepStrictEqual([...new Set(seen.map((each) => each.qos))], [qos])
        }).pipe(Effect.scoped))
    }
  }

  it.live("asks functions for topic, retain and properties, and adds the place in the batch", () =>
    Effect.gen(function*() {
      const base = freshName()
      const seen = yield* listening(`${base}/+`)
      yield* commit({
        url,
        topic: (item: string) => `${base}/${item}`,
        payload: () => new Uint8Array([0, 255]),
        retain: (item) => item === "b",
        properties: (item) => ({
          contentType: "x",
          responseTopic: "answers",
          correlationData: new Uint8Array([7]),
          messageExpiry: "1 minute",
          userProperties: [["a", item], ["a", "2"]]
        })
      }, ["a", "b"])
      yield* eventually("both came", () => seen.length === 2)
      const [, second] = seen
      assert.deepStrictEqual(second?.payload, Buffer.from([0, 255]))
      assert.strictEqual(second?.topic, `${base}/b`)
      const { contentType, correlationData, responseTopic, userProperties } = second?.properties ?? {}
      assert.deepStrictEqual([contentType, correlationData, responseTopic], ["x", Buffer.from([7]), "answers"])
      assert.deepStrictEqual({ ...userProperties }, { a: ["b", "2"], "millrace-batch": "tests/out/1000-1/1" })
      const kept = yield* listening(`${base}/+`)
      yield* eventually("the retained one came", () => kept.length === 1)
      assert.deepStrictEqual(kept.map((each) => [each.topic, each.retain]), [[`${base}/b`, true]])
      const cleaner = yield* client()
      yield* Effect.promise(() => cleaner.publishAsync(`${base}/b`, "", { retain: true, qos: 1 }))
    }).pipe(Effect.scoped))

  it.live("publishes JSON, by a schema where there is one", () =>
    Effect.gen(function*() {
      const topic = freshName()
      const seen = yield* listening(topic)
      const schema = Schema.Struct({ at: Schema.Date })
      const write = <A>(sink: BatchSink.BatchSink<A, Mqtt.MqttError, Mqtt.MqttConnection>, items: ReadonlyArray<A>) =>
        Effect.scoped(Effect.flatMap(sink.open(identity), (writer) => writer.commit(batchOf(1, items)))).pipe(
          Effect.provide(Mqtt.layer({ url }))
        )
      yield* write(Mqtt.publishJson({ topic, schema }), [{ at: new Date(0) }])
      yield* write(Mqtt.publishJson({ topic }), [{ n: 1 }, undefined])
      yield* eventually("all came", () => seen.length === 3)
      assert.deepStrictEqual(texts(seen), ["{\"at\":\"1970-01-01T00:00:00.000Z\"}", "{\"n\":1}", "null"])
    }).pipe(Effect.scoped))

  it.live("publishes a batch whose acknowledgement was lost again, and a receiver that deduplicates has each item once", () =>
    Effect.gen(function*() {
      const topic = freshName()
      let cuts = 0
      let answers = 0
      // PUBACK is 0x40. Twice the broker's word is lost with the connection.
      const through = yield* proxied((data) => data[0] !== 0x40 || ++answers % 2 === 0 || ++cuts > 2)
      const found: Array<string> = []
      const all: Array<string> = []
      const received = From.messages({
        name: "received",
        payload: From.string,
        clientId: topic,
        subscriptions: [topic],
        sessionExpiry: "30 seconds",
        deduplicateBy: (message) => {
          all.push(message.topic)
          return From.userProperty(message, "millrace-batch")
        }
      })
      const taking = yield* Pipeline.start(Pipeline.make("taking", {
        batchInterval: "10 millis",
        outputs: [DStream.foreachBatch(DStream.fromReceiver(received), "found", ({ items }) =>
          Effect.sync(() => found.push(...items.map(({ payload }) => payload))))]
      })).pipe(Effect.provide(From.layer({ url })))
      // Its session stands when what is published comes back.
      const sender = yield* client()
      yield* eventually("it is subscribed", () => {
        sender.publish(topic, "probe", { qos: 1 })
        return found.includes("probe")
      })
      const items = Array.from({ length: 200 }, (_, n) => `${n}`)
      const numbers = DStream.fromReceiver(Receiver.queue({ name: "numbers" }, [items.slice(0, 100), items.slice(100)]))
      yield* Pipeline.run(Pipeline.make("giving", {
        batchInterval: "10 millis",
        retry: Schedule.spaced("10 millis"),
        outputs: [DStream.to(numbers, "out", Mqtt.publish({ topic, payload: text }))]
      })).pipe(Effect.provide(Mqtt.layer({ url: through.url })))
      const own = () => found.filter((each) => each !== "probe")
      yield* eventually("all came", () => own().length >= 200)
      yield* taking.stop
      assert.isAtLeast(cuts, 2)
      assert.isAbove(all.length - (found.length - own().length), 200, "some came twice")
      assert.deepStrictEqual(own().toSorted((a, b) => Number(a) - Number(b)), items)
    }).pipe(Effect.provide(CheckpointStore.layerMemory), Effect.scoped))
})

describe("what is on its way", () => {
  const connack: Packet = { cmd: "connack", sessionPresent: false, reasonCode: 0 }
  const publishes = (seen: ReadonlyArray<Packet>) => seen.filter(({ cmd }) => cmd === "publish")
  const settled = Effect.sleep("50 millis")

  for (const [title, maxInFlight, receiveMaximum] of [["maxInFlight", 5, 100], ["what the broker takes", 100, 5]] as const) {
    it.live(`is bounded by ${title}, and a batch waits for the last acknowledgement`, () =>
      Effect.gen(function*() {
        const broker = yield* scripted(({ cmd }) => cmd === "connect" ? { ...connack, properties: { receiveMaximum } } : undefined)
        const items = Array.from({ length: 8 }, (_, n) => `${n}`)
        const options = { url: broker.url, topic: "t", payload: text, maxInFlight }
        const committing = yield* Effect.forkScoped(commit(options, items))
        yield* eventually("the first came", () => publishes(broker.seen).length === 5)
        for (let acknowledged = 0; acknowledged < 8; acknowledged++) {
          yield* settled
          assert.strictEqual(publishes(broker.seen).length, Math.min(8, 5 + acknowledged))
          assert.isUndefined(committing.pollUnsafe())
          const messageId = publishes(broker.seen)[acknowledged]?.messageId ?? 0
          broker.reply({ cmd: "puback", messageId, reasonCode: 0 })
        }
        yield* Fiber.join(committing)
      }).pipe(Effect.scoped))
  }

  it.live("is given up when nothing of it is acknowledged, and may be tried again", () =>
    Effect.gen(function*() {
      const broker = yield* scripted(({ cmd }) => cmd === "connect" ? connack : undefined)
      const error = yield* Effect.flip(commit({ url: broker.url, topic: "t", payload: text, acknowledgeTimeout: "100 millis" }, ["one"]))
      assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["TimedOut", true])
    }).pipe(Effect.scoped))

  for (const [code, tag, isRetryable] of [[0x87, "PublishRefused", false], [0x97, "PublishRefused", true]] as const) {
    it.live(`fails when the broker refuses it with reason code ${code}`, () =>
      Effect.gen(function*() {
        const broker = yield* scripted((packet) =>
          packet.cmd === "connect" ? connack
            : packet.cmd === "publish" ? { cmd: "puback", messageId: packet.messageId ?? 0, reasonCode: code } : undefined)
        const error = yield* Effect.flip(commit({ url: broker.url, topic: "t", payload: text }, ["one"]))
        assert.deepStrictEqual([error.reason._tag, error.isRetryable], [tag, isRetryable])
      }).pipe(Effect.scoped))
  }
})
