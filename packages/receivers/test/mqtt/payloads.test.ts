/** Payloads that are not what the receiver was told they are. */
import { assert, describe, it } from "@effect/vitest"
import { CheckpointStore, DeadLetters, DStream, Pipeline } from "@millrace/core"
import * as Mqtt from "@millrace/receivers/Mqtt"
import { Cause, Effect, Exit, Layer, Logger, Schema } from "effect"
import { inspect } from "node:util"
import { type Asked, client, eventually, freshName, isMissing, placed, publish, sessionExpiry, subscribed, url } from "./broker.ts"

/** In a payload, and nowhere else. Short enough for errors of JSON.parse to quote it. */
const canary = "c4n4ry"

const both = Layer.merge(CheckpointStore.layerMemory, DeadLetters.layerMemory)

const askedOf = (topic: string): Asked => ({ name: "things", url, clientId: topic, subscriptions: [topic], sessionExpiry })

/** All that is logged while it runs, as text. */
const logging = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const lines: Array<string> = []
  const logger = Logger.make(({ cause, message }) => {
    lines.push(`${inspect(message, { depth: 9 })} ${Cause.pretty(cause)} ${inspect(cause, { depth: 9 })}`)
  })
  return Effect.map(Effect.provide(effect, Logger.layer([logger])), (value) => ({ value, logged: lines.join("\n") }))
}

const message = (topic: string, format: string) =>
  `The payload of a message of topic "${topic}" is not ${format}. ` +
  "DStream.onError right behind DStream.fromReceiver drops such messages, or sets them aside"

/** What a pipeline takes of these payloads, and what it sets aside, when the last of them is `last`. */
const sorted = <A>(format: Mqtt.Format<A>, payloads: ReadonlyArray<string | Buffer>, last: string | Buffer) =>
  Effect.gen(function*() {
    const topic = freshName()
    const asked = askedOf(topic)
    yield* subscribed(asked)
    yield* publish(yield* client(), topic, [...payloads, last])
    const found: Array<A> = []
    const { connection, receiver } = placed(asked, format)
    const stream = DStream.fromReceiver(receiver).pipe(
      DStream.onError("dead-letter"),
      DStream.map(({ payload }) => payload)
    )
    const output = DStream.foreachBatch(stream, "found", ({ items }) => Effect.sync(() => found.push(...items)))
    const pipeline = Pipeline.make("sorting", { batchInterval: "20 millis", outputs: [output] })
    const running = yield* Effect.provide(Pipeline.start(pipeline), connection)
    yield* eventually("the last one came", () => found.length > 0)
    yield* running.stop
    const letters = yield* DeadLetters.DeadLetters
    const ids = yield* letters.list("sorting")
    const read = yield* Effect.forEach(ids, ({ id }) => Effect.flatMap(letters.read("sorting", id), Effect.fromOption))
    return { topic, found, letters: read }
  }).pipe(Effect.provide(both), Effect.scoped)

const Reading = Schema.Struct({ speed: Schema.Finite })

/** Its own check quotes what it refuses. */
const Talkative = Schema.String.check(Schema.makeFilter((text) => text === "é" ? undefined : `not ${text}`))

/** One byte, and it says its value when it is another. */
const number = Mqtt.format("a number", ([byte = 0, ...rest]) => {
  if (rest.length > 0) throw new Error(Buffer.from([byte, ...rest]).toString())
  return byte
})

describe.skipIf(isMissing)("payloads that are not what their format reads", () => {
  const cases: ReadonlyArray<readonly [Mqtt.Format<unknown>, payload: string | Buffer, is: string, good: string, gives: unknown]> = [
    [Mqtt.string, Buffer.from([0xc3, 0x28, ...Buffer.from(canary)]), "UTF-8", "é", "é"],
    [Mqtt.json, `{"secret": ${canary}}`, "JSON", "[7]", [7]],
    [Mqtt.json, "", "JSON", "[7]", [7]],
    [Mqtt.json, Buffer.from([0xff, ...Buffer.from(canary)]), "UTF-8", "[7]", [7]],
    [Mqtt.schema(Reading), `{"speed":"${canary}"}`, "JSON of its schema", "{\"speed\":7}", { speed: 7 }],
    [Mqtt.schema(Reading), `{"${canary}":1}`, "JSON of its schema", "{\"speed\":7}", { speed: 7 }],
    [Mqtt.schema(Reading), `{"speed":${canary}`, "JSON of its schema", "{\"speed\":7}", { speed: 7 }],
    [Mqtt.schema(Talkative), `"${canary}"`, "JSON of its schema", "\"é\"", "é"],
    [number, canary, "a number", "\u0007", 7]
  ]
  for (const [format, payload, is, good, gives] of cases) {
    it.live(`become dead letters, whose error quotes nothing of them: ${format.name}, of ${JSON.stringify(payload.toString())}`, () =>
      Effect.gen(function*() {
        const { logged, value: { found, letters, topic } } = yield* logging(sorted(format, [payload], good))
        assert.deepStrictEqual(found, [gives])
        assert.deepStrictEqual(letters.map(({ error, from, name }) => [error, from, name]), [
          [{ name: "UndecodablePayload", message: message(topic, is) }, "receiver", "things"]
        ])
        const { base64, text } = JSON.parse(letters[0]?.payload ?? "{}")
        assert.deepStrictEqual(base64 === undefined ? Buffer.from(text) : Buffer.from(base64, "base64"), Buffer.from(payload))
        assert.include(logged, "sorting")
        assert.notInclude(logged, canary)
      }))

    it.live(`end the run where nothing else was said, and are nowhere in what it says: ${format.name}, of ${JSON.stringify(payload.toString())}`, () =>
      Effect.gen(function*() {
        const topic = freshName()
        const { connection, receiver } = placed(askedOf(topic), format)
        yield* subscribed(askedOf(topic))
        yield* publish(yield* client(), topic, [payload])
        const output = DStream.foreachBatch(DStream.fromReceiver(receiver), "found", () => Effect.void)
        const run = Pipeline.run(Pipeline.make("failing", { batchInterval: "20 millis", outputs: [output] }))
        const { logged, value: exit } = yield* logging(Effect.exit(Effect.provide(run, connection)))
        assert(Exit.isFailure(exit))
        const said = `${Cause.pretty(exit.cause)} ${inspect(exit.cause, { depth: 20 })} ${JSON.stringify(exit.cause)}`
        assert.include(said, `of topic "${topic}" is not ${is}.`)
        assert.notInclude(said, canary)
        assert.include(logged, "failing")
        assert.notInclude(logged, canary)
      }).pipe(Effect.scoped))
  }

  it.live("are bytes where nothing is said, and never refused", () =>
    Effect.gen(function*() {
      const any = Buffer.from([0xc3, 0x28, 0])
      const { found, letters } = yield* sorted(Mqtt.bytes, [], any)
      assert.deepStrictEqual([found.map((bytes) => Buffer.from(bytes)), letters], [[any], []])
      const receiver = Mqtt.messages({ name: "any", clientId: "any", subscriptions: ["any"] })
      const [step] = receiver.decoder.steps
      assert(step?.op === "flatMap")
      const [read] = step.f({ topic: "t", base64: any.toString("base64"), qos: 1, retain: false, duplicate: false })
      assert.deepStrictEqual(Buffer.from(read.payload), any)
    }))
})
