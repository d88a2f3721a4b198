/** What cannot be published, and how it says so. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type * as Mqtt from "@millrace/sinks/Mqtt"
import { startMosquitto, type StartedMosquitto } from "@millrace/tool-services"
import { Effect, Redacted } from "effect"
import { type Asked, batchOf, client, commit, eventually, freshName, isMissing, listening, opened, proxied, texts, url } from "./broker.ts"

const text = (item: string) => item
const said = ({ isRetryable, reason }: Mqtt.MqttError) => [reason._tag, isRetryable]

describe.skipIf(isMissing)("a broker with users and limits", () => {
  const password = "s3cret-of-the-mill"
  let broker: StartedMosquitto | undefined
  beforeAll(async () => {
    const found = await startMosquitto({ users: { miller: password }, settings: ["max_packet_size 1000", "max_inflight_messages 3"] })
    if ("server" in found) broker = found.server
  })
  afterAll(() => broker?.close())
  const login = { username: "miller", password: Redacted.make(password) }
  const optionsOf = (options: Partial<Asked<string>> = {}) =>
    ({ url: broker?.url ?? "", topic: freshName(), payload: text, ...login, ...options })

  for (const version of ["5", "3.1.1"] as const) {
    it.live(`refuses a wrong password when the sink is opened, and it is nowhere: MQTT ${version}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(commit(optionsOf({ protocolVersion: version, password: Redacted.make("hunter2-wrong") }), ["one"]))
        assert.deepStrictEqual(said(error), ["NotAuthorized", false])
        assert.notInclude(`${error.message} ${JSON.stringify(error)} ${error.stack}`, "hunter2-wrong")
      }))
  }

  it.live("is believed over TLS only with the authority that signed for it", () =>
    Effect.gen(function*() {
      if (broker?.tls === undefined) return
      const { ca, url } = broker.tls
      assert.deepStrictEqual(said(yield* Effect.flip(commit(optionsOf({ url }), ["one"]))), ["TlsFailed", false])
      yield* commit(optionsOf({ url, tls: { ca } }), ["one"])
    }))

  it.live("takes no more at a time than it said, and so refuses nothing", () =>
    commit(optionsOf({ qos: 2 }), Array.from({ length: 50 }, (_, n) => `${n}`)))

  it.live("takes no item that is too large: nothing is lost by it, and it says so", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(commit(optionsOf(), ["x".repeat(2000)]))
      assert.deepStrictEqual(said(error), ["PacketTooLarge", false])
      assert.include(error.message, "1000 bytes")
    }))

  it.live("takes the batch when it is back", () =>
    Effect.gen(function*() {
      assert(broker !== undefined)
      const { start, stop } = broker
      const topic = freshName()
      const options = optionsOf({ topic })
      const writer = yield* opened(options)
      yield* writer.commit(batchOf(1, ["before"]))
      yield* Effect.promise(() => stop())
      const error = yield* Effect.flip(writer.commit(batchOf(2, ["after"])))
      // It may not have heard of the end yet.
      assert.include(["ConnectionRefused", "ConnectionLost"], error.reason._tag)
      assert.isTrue(error.isRetryable)
      yield* Effect.promise(() => start())
      const seen = yield* listening(topic, { username: "miller", password }, broker.url)
      yield* writer.commit(batchOf(2, ["after"]))
      yield* eventually("it came", () => seen.length === 1)
      assert.deepStrictEqual(texts(seen), ["after"])
    }).pipe(Effect.scoped))
})

describe.skipIf(isMissing)("items that are no messages", () => {
  const cases: ReadonlyArray<readonly [string, Partial<Asked<string>>, RegExp]> = [
    ["a topic with a wildcard", { topic: (item) => `${item}/+` }, /its topic is none/],
    ["an empty topic", { topic: () => "" }, /its topic is none/],
    ["a payload that throws", { payload: () => { throw new Error("secret tomato") } }, /cannot be made of it/],
    ["properties with MQTT 3.1.1", { protocolVersion: "3.1.1", properties: () => ({}) }, /knows no properties/],
    ["a user property of the sink", { properties: () => ({ userProperties: [["millrace-batch", "x"]] }) }, /the sink's own/]
  ]
  for (const [title, options, problem] of cases) {
    it.live(`${title}: nothing of the batch is published`, () =>
      Effect.gen(function*() {
        const topic = freshName()
        const seen = yield* listening(topic)
        const faulty = { url, topic, payload: text, ...options }
        const error = yield* Effect.flip(commit(faulty, ["one"]))
        assert.deepStrictEqual(said(error), ["BadItem", false])
        assert.match(error.message, problem)
        assert.notInclude(`${error.message}${JSON.stringify(error)}`, "tomato")
        yield* commit({ url, topic, payload: text }, ["end"])
        yield* eventually("the end came", () => seen.length > 0)
        assert.deepStrictEqual(texts(seen), ["end"])
      }).pipe(Effect.scoped))
  }
})

describe.skipIf(isMissing)("the will of a sink", () => {
  for (const [title, isCut, expected] of [["is published when it is gone without a word", true, ["gone"]], ["is not published when it is closed", false, []]] as const) {
    it.live(title, () =>
      Effect.gen(function*() {
        const topic = freshName()
        const seen = yield* listening(`${topic}/will`)
        const through = yield* proxied(() => true)
        const options = { url: through.url, topic, payload: text, will: { topic: `${topic}/will`, payload: "gone", qos: 1 } } as const
        yield* Effect.scoped(Effect.flatMap(opened(options), (writer) =>
          Effect.andThen(writer.commit(batchOf(1, ["one"])), Effect.sync(() => isCut && through.cut()))))
        if (isCut) yield* eventually("the will came", () => seen.length === 1)
        const other = yield* client()
        yield* Effect.promise(() => other.publishAsync(`${topic}/will`, "end", { qos: 1 }))
        yield* eventually("the end came", () => texts(seen).includes("end"))
        assert.deepStrictEqual(texts(seen).slice(0, -1), [...expected])
      }).pipe(Effect.scoped))
  }
})

describe("options", () => {
  const wrong: ReadonlyArray<readonly [string, Partial<Asked<string>>]> = [
    ["url", { url: "http://127.0.0.1" }],
    ["url", { url: "mqtt://user:password@127.0.0.1" }],
    ["tls", { tls: {} }],
    ["maxInFlight", { maxInFlight: 0 }],
    ["keepAlive", { keepAlive: "10 millis" }],
    ["acknowledgeTimeout", { acknowledgeTimeout: 0 }],
    ["will", { will: { topic: "#", payload: "" } }]
  ]
  for (const [option, options] of wrong) {
    it.live(`${option}: ${JSON.stringify(options)} is refused before anything is opened`, () =>
      Effect.gen(function*() {
        const { isRetryable, message, reason } = yield* Effect.flip(commit({ url: "mqtt://127.0.0.1:1", topic: "t", payload: text, ...options }, []))
        assert(reason._tag === "InvalidOption")
        assert.deepStrictEqual([reason.option, isRetryable], [option, false])
        assert.notInclude(message, "password@")
      }))
  }

  it.live("nobody listens there: retryable", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(commit({ url: "mqtt://127.0.0.1:1", topic: "t", payload: text }, []))
      assert.deepStrictEqual(said(error), ["ConnectionRefused", true])
    }))
})
