/** Payloads that are not what the receiver was told they are. */
import { assert, describe, it } from "@effect/vitest"
import { CheckpointStore, DeadLetters, DStream, Pipeline, type Receiver } from "@millrace/core"
import * as Mqtt from "@millrace/receivers/Mqtt"
import { Effect, Exit, Layer, Schema } from "effect"
import { client, eventually, freshName, isMissing, publish, sessionExpiry, subscribed, url } from "./broker.ts"

const Reading = Schema.Struct({ speed: Schema.Finite })

type Receive = (options: Mqtt.Options) => Receiver.Receiver<Mqtt.Message<unknown>, Mqtt.MqttError>

const both = Layer.merge(CheckpointStore.layerMemory, DeadLetters.layerMemory)

/** What a pipeline takes of these payloads, and what it sets aside, when the last of them is `last`. */
const sorted = (receive: Receive, payloads: ReadonlyArray<string | Buffer>, last: string) =>
  Effect.gen(function*() {
    const topic = freshName()
    const options: Mqtt.Options = { name: "things", url, clientId: topic, subscriptions: [topic], sessionExpiry }
    yield* subscribed(options)
    yield* publish(yield* client(), topic, [...payloads, last])
    const found: Array<unknown> = []
    const stream = DStream.fromReceiver(receive(options)).pipe(
      DStream.onError("dead-letter"),
      DStream.map(({ payload }) => payload)
    )
    const output = DStream.foreachBatch(stream, "found", ({ items }) => Effect.sync(() => found.push(...items)))
    const running = yield* Pipeline.start(Pipeline.make("sorting", { batchInterval: "20 millis", outputs: [output] }))
    yield* eventually("the last one came", () => found.length > 0)
    yield* running.stop
    const letters = yield* DeadLetters.DeadLetters
    const ids = yield* letters.list("sorting")
    const read = yield* Effect.forEach(ids, ({ id }) => Effect.flatMap(letters.read("sorting", id), Effect.fromOption))
    return { found, letters: read }
  }).pipe(Effect.provide(both), Effect.scoped)

describe.skipIf(isMissing)("payloads that are not what they should be", () => {
  it.live("become dead letters where they are no UTF-8", () =>
    Effect.gen(function*() {
      const { found, letters } = yield* sorted(Mqtt.strings, [Buffer.from([0xc3, 0x28, 0x73])], "é")
      assert.deepStrictEqual(found, ["é"])
      assert.deepStrictEqual(letters.map(({ from, name }) => [from, name]), [["receiver", "things"]])
      assert.match(letters[0]?.error.message ?? "", /is no UTF-8$/)
      assert.deepStrictEqual(JSON.parse(letters[0]?.payload ?? "{}").base64, "wyhz")
    }))

  it.live("become dead letters where they are no JSON, and the error quotes nothing of them", () =>
    Effect.gen(function*() {
      const { found, letters } = yield* sorted(Mqtt.json, ["{\"secret\": tomato}", ""], "[7]")
      assert.deepStrictEqual(found, [[7]])
      assert.strictEqual(letters.length, 2)
      assert.match(letters[0]?.error.message ?? "", /is no JSON$/)
      assert.deepStrictEqual(JSON.parse(letters[0]?.payload ?? "{}").text, "{\"secret\": tomato}")
    }))

  it.live("become dead letters where they do not fit the schema, and the error says where", () =>
    Effect.gen(function*() {
      const receive: Receive = (options) => Mqtt.schema({ ...options, schema: Reading })
      const { found, letters } = yield* sorted(receive, ["{\"speed\":\"tomato\"}", "{}"], "{\"speed\":7}")
      assert.deepStrictEqual(found, [{ speed: 7 }])
      assert.strictEqual(letters.length, 2)
      assert.match(letters[0]?.error.message ?? "", /does not fit the schema: .*speed/s)
      assert.notInclude(letters[0]?.error.message ?? "", "tomato")
    }))

  it.live("end the run where nothing else was said", () =>
    Effect.gen(function*() {
      const topic = freshName()
      const options: Mqtt.Options = { name: "things", url, clientId: topic, subscriptions: [topic], sessionExpiry }
      yield* subscribed(options)
      yield* publish(yield* client(), topic, ["{"])
      const output = DStream.foreachBatch(DStream.fromReceiver(Mqtt.json(options)), "found", () => Effect.void)
      const exit = yield* Effect.exit(Pipeline.run(Pipeline.make("failing", { batchInterval: "20 millis", outputs: [output] })))
      assert(Exit.isFailure(exit))
      assert.include(JSON.stringify(exit.cause.reasons.map(String)), "is no JSON")
    }).pipe(Effect.scoped))
})
