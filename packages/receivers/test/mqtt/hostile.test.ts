/** What cannot work, and how it says so. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type * as Mqtt from "@millrace/receivers/Mqtt"
import { startMosquitto, type StartedMosquitto } from "@millrace/tool-services"
import { Effect, Redacted } from "effect"
import { createServer } from "node:net"
import { type Asked, client, freshName, isMissing, opened, publish, read, sessionExpiry, strings, subscribed, url } from "./broker.ts"

const optionsOf = (options: Partial<Asked> = {}) => {
  const topic = freshName()
  return { topic, name: "test", url, clientId: topic, subscriptions: [topic], sessionExpiry, ...options } as const
}

/** The error of an opening that does not work, or of the first pull. */
const errorOf = (options: Asked) => Effect.flip(Effect.scoped(Effect.flatMap(opened(strings(options)), Effect.forever)))

const said = ({ isRetryable, reason }: Mqtt.MqttError) => [reason._tag, isRetryable]

describe.skipIf(isMissing)("a broker that asks who comes", () => {
  const password = "s3cret-of-the-mill"
  let broker: StartedMosquitto | undefined
  beforeAll(async () => {
    const found = await startMosquitto({ users: { miller: password } })
    if ("server" in found) broker = found.server
  })
  afterAll(() => broker?.close())

  for (const version of ["5", "3.1.1"] as const) {
    it.live(`lets nobody in with a wrong password, and it is nowhere: MQTT ${version}`, () =>
      Effect.gen(function*() {
        assert(broker !== undefined)
        const wrong = Redacted.make("hunter2-wrong")
        const error = yield* errorOf(optionsOf({ url: broker.url, protocolVersion: version, username: "miller", password: wrong }))
        assert.deepStrictEqual(said(error), ["NotAuthorized", false])
        assert.notInclude(`${error.message} ${JSON.stringify(error)} ${error.stack}`, "hunter2-wrong")
      }))
  }

  it.live("lets in who knows the password", () =>
    Effect.gen(function*() {
      assert(broker !== undefined)
      const asked = optionsOf({ url: broker.url, username: "miller", password: Redacted.make(password) })
      yield* Effect.asVoid(opened(strings(asked)))
    }).pipe(Effect.scoped))

  it.live("is believed over TLS only with the authority that signed for it", () =>
    Effect.gen(function*() {
      if (broker?.tls === undefined) return
      const { ca, url } = broker.tls
      const asked = optionsOf({ url, username: "miller", password: Redacted.make(password) })
      assert.deepStrictEqual(said(yield* errorOf(asked)), ["TlsFailed", false])
      const trusting = { ...asked, tls: { ca } }
      yield* subscribed(trusting)
      const sender = yield* client({ username: "miller", password }, broker.url)
      yield* publish(sender, asked.topic, ["over TLS"])
      assert.deepStrictEqual((yield* read(strings(trusting), 1)).map(({ payload }) => payload), ["over TLS"])
    }).pipe(Effect.scoped))
})

describe.skipIf(isMissing)("a message that is too large", () => {
  it.live("is left out by the broker with MQTT 5", () =>
    Effect.gen(function*() {
      const asked = optionsOf({ maxPacketBytes: 1000 })
      yield* subscribed(asked)
      yield* publish(yield* client(), asked.topic, ["x".repeat(2000), "small"])
      assert.deepStrictEqual((yield* read(strings(asked), 1)).map(({ payload }) => payload), ["small"])
    }).pipe(Effect.scoped))

  it.live("fails the receiver for good with MQTT 3.1.1, and stays with the broker", () =>
    Effect.gen(function*() {
      const asked = optionsOf({ maxPacketBytes: 1000, protocolVersion: "3.1.1" })
      yield* subscribed(asked)
      yield* publish(yield* client(), asked.topic, ["x".repeat(2000)])
      const error = yield* errorOf(asked)
      assert.deepStrictEqual(said(error), ["PacketTooLarge", false])
      assert.include(error.message, "1000 are allowed")
      const more = yield* read(strings({ ...asked, maxPacketBytes: 5000 }), 1)
      assert.strictEqual(more[0]?.payload.length, 2000)
    }).pipe(Effect.scoped))
})

describe("who is no broker", () => {
  const serving = (answer: Buffer | undefined) =>
    Effect.acquireRelease(
      Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
        const server = createServer((socket) => {
          socket.on("error", () => {})
          if (answer !== undefined) socket.on("data", () => socket.write(answer))
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          resume(Effect.succeed({ url: `mqtt://127.0.0.1:${port}`, close: () => server.close() }))
        })
      }),
      ({ close }) => Effect.sync(close)
    )

  const answers = {
    "says something else": [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), ["ProtocolError"]],
    "claims a packet of gigabytes": [Buffer.from([0x20, 0xff, 0xff, 0xff, 0x7f]), ["PacketTooLarge"]],
    "claims a length without end": [Buffer.from([0x20, 0xff, 0xff, 0xff, 0xff, 0xff]), ["ProtocolError"]],
    "sends a packet that no client gets": [Buffer.from([0x20, 3, 0, 0, 0, 0xc0, 0]), ["ProtocolError"]],
    "sends a broken message": [Buffer.from([0x20, 3, 0, 0, 0, 0x32, 3, 0, 9, 0x61]), ["ProtocolError"]],
    "hands the session to another client": [Buffer.from([0x20, 3, 0, 0, 0, 0xe0, 1, 0x8e]), ["TakenOver"]],
    "refuses the subscription": [Buffer.from([0x20, 3, 0, 0, 0, 0x90, 4, 0, 1, 0, 0x87]), ["SubscriptionRefused"]],
    "grants less than was asked for": [Buffer.from([0x20, 3, 0, 0, 0, 0x90, 4, 0, 1, 0, 0]), ["SubscriptionRefused"]],
    "knows no such version": [Buffer.from([0x20, 3, 0, 0x84, 0]), ["Refused"]],
    "knows the user and not the password": [Buffer.from([0x20, 3, 0, 0x86, 0]), ["BadCredentials"]]
  } as const
  for (const [title, [answer, tags]] of Object.entries(answers)) {
    it.live(`fails for good when it ${title}`, () =>
      Effect.gen(function*() {
        const { url } = yield* serving(answer)
        const error = yield* errorOf(optionsOf({ url }))
        assert.include([...tags], error.reason._tag)
        assert.isFalse(error.isRetryable)
      }).pipe(Effect.scoped))
  }

  it.live("times out when it says nothing", () =>
    Effect.gen(function*() {
      const { url } = yield* serving(undefined)
      const error = yield* errorOf(optionsOf({ url, connectTimeout: "200 millis" }))
      assert.deepStrictEqual([...said(error), error.message.includes("200 ms")], ["TimedOut", true, true])
    }).pipe(Effect.scoped))

  it.live("is refused when it is busy, and tried again", () =>
    Effect.gen(function*() {
      const { url } = yield* serving(Buffer.from([0x20, 3, 0, 0x89, 0]))
      assert.deepStrictEqual(said(yield* errorOf(optionsOf({ url }))), ["Refused", true])
    }).pipe(Effect.scoped))
})

describe("options", () => {
  const wrong: ReadonlyArray<readonly [string, Partial<Asked>]> = [
    ["url", { url: "http://127.0.0.1" }],
    ["url", { url: "mqtt://user:password@127.0.0.1" }],
    ["tls", { url: "mqtt://127.0.0.1", tls: {} }],
    ["clientId", { clientId: "" }],
    ["subscriptions", { subscriptions: [] }],
    ["subscriptions", { subscriptions: ["a/#/b"] }],
    ["subscriptions", { subscriptions: ["a+/b"] }],
    ["subscriptions", { subscriptions: ["$share/group"] }],
    ["receiveMaximum", { receiveMaximum: 0 }],
    ["maxPacketBytes", { maxPacketBytes: 1.5 }],
    ["keepAlive", { keepAlive: "10 millis" }],
    ["connectTimeout", { connectTimeout: 0 }],
    ["sessionExpiry", { sessionExpiry: 0 }],
    ["will", { will: { topic: "a/+", payload: "" } }]
  ]
  for (const [option, options] of wrong) {
    it.live(`${option}: ${JSON.stringify(options)} is refused before anything is opened`, () =>
      Effect.gen(function*() {
        const { isRetryable, message, reason } = yield* errorOf({ ...optionsOf({ url: "mqtt://127.0.0.1:1" }), ...options })
        assert(reason._tag === "InvalidOption")
        assert.deepStrictEqual([reason.option, isRetryable], [option, false])
        assert.notInclude(message, "password@")
      }))
  }
})
