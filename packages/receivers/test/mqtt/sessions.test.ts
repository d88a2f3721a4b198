/** What becomes of a session when something breaks, and what is unacknowledged meanwhile. */
import { assert, beforeAll, afterAll, describe, it } from "@effect/vitest"
import { startMosquitto, type StartedMosquitto } from "@millrace/tool-services"
import { Effect, Fiber, Option } from "effect"
import { type Asked, client, counted, eventually, freshName, isMissing, messagesOf, opened, publish, read, sessionExpiry, strings, subscribed, url } from "./broker.ts"
import { proxied } from "./proxy.ts"

const optionsOf = (options: Partial<Asked> = {}) => {
  const topic = freshName()
  return { topic, name: "test", url, clientId: topic, subscriptions: [topic], sessionExpiry, ...options } as const
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => `${n}`)

const failureOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.flip(effect)

describe.skipIf(isMissing)("what is unacknowledged", () => {
  for (const [title, options, sent] of [
    ["QoS 1", { qos: 1 }, { qos: 1 }],
    ["QoS 2", { qos: 2 }, { qos: 2 }],
    ["MQTT 3.1.1", { protocolVersion: "3.1.1" }, { qos: 1 }]
  ] as const) {
    it.live(`is never more than receiveMaximum, and goes on as it is acknowledged: ${title}`, () =>
      Effect.gen(function*() {
        const asked = optionsOf({ receiveMaximum: 5, ...options })
        const receiver = strings(asked)
        yield* subscribed(asked)
        yield* publish(yield* client(), asked.topic, numbers(30), sent)
        const pull = yield* opened(receiver)
        const found: Array<string> = []
        let most = 0
        while (found.length < 30) {
          // As much as comes without an acknowledgement: the next pull waits.
          const blocks = []
          let held = 0
          for (;;) {
            const block = yield* Effect.timeoutOption(pull, held === 0 ? "5 seconds" : "40 millis")
            if (Option.isNone(block)) break
            blocks.push(block.value)
            held += block.value.records
          }
          assert.isAtMost(held, 5)
          assert.isAtLeast(held, 1)
          most = Math.max(most, held)
          for (const block of blocks) {
            found.push(...messagesOf(receiver, block).map(({ payload }) => payload))
            yield* block.acknowledge ?? Effect.void
          }
        }
        assert.deepStrictEqual(found, numbers(30))
        assert.strictEqual(most, 5, "the window is as large as it may be")
      }).pipe(Effect.scoped))

    it.live(`is not acknowledged to the broker before it is safe, and then at once: ${title}`, () =>
      Effect.gen(function*() {
        const through = yield* proxied()
        const asked = optionsOf({ url: through.url, ...options })
        const receiver = strings(asked)
        yield* subscribed(asked)
        let acknowledged = 0
        through.filter((data) => {
          // PUBACK or PUBREC, four bytes each, at the front of what is sent at once.
          for (let at = 0; data[at] === 0x40 || data[at] === 0x50; at += 4) acknowledged++
          return true
        })
        yield* publish(yield* client(), asked.topic, numbers(10), sent)
        const pull = yield* opened(receiver)
        const blocks = []
        for (let held = 0; held < 10; held += blocks.at(-1)?.records ?? 0) blocks.push(yield* pull)
        yield* Effect.sleep("50 millis")
        assert.strictEqual(acknowledged, 0)
        for (const { acknowledge } of blocks) yield* acknowledge ?? Effect.void
        yield* eventually("all are acknowledged", () => acknowledged === 10)
      }).pipe(Effect.scoped))
  }

  it.live("may be acknowledged after the receiver was closed: the connection waits for it", () =>
    Effect.gen(function*() {
      const through = yield* proxied()
      const asked = optionsOf({ url: through.url })
      yield* subscribed(asked)
      yield* publish(yield* client(), asked.topic, ["one"])
      const block = yield* Effect.scoped(Effect.flatten(opened(strings(asked))))
      assert.strictEqual(through.connections().open, 1)
      yield* block.acknowledge ?? Effect.void
      yield* eventually("it is closed then", () => through.connections().open === 0)
      yield* publish(yield* client(), asked.topic, ["two"])
      assert.deepStrictEqual((yield* read(strings(asked), 1)).map(({ payload }) => payload), ["two"])
    }).pipe(Effect.scoped))
})

describe.skipIf(isMissing)("a connection that breaks", () => {
  it.live("fails as lost, and what was not acknowledged comes again", () =>
    Effect.gen(function*() {
      const through = yield* proxied()
      const asked = optionsOf({ url: through.url })
      const receiver = strings(asked)
      yield* subscribed(asked)
      yield* publish(yield* client(), asked.topic, ["one", "two"])
      yield* Effect.scoped(Effect.gen(function*() {
        const pull = yield* opened(receiver)
        assert.isAbove((yield* pull).records, 0)
        through.cut()
        const error = yield* failureOf(Effect.forever(pull))
        assert.strictEqual(error.reason._tag, "ConnectionLost")
        assert.isTrue(error.isRetryable)
        assert.include(error.message, "receiver \"test\"")
      }))
      assert.deepStrictEqual((yield* read(receiver, 2)).map(({ payload }) => payload), ["one", "two"])
    }).pipe(Effect.scoped))

  it.live("fails when the broker falls silent, and not while it waits for room", () =>
    Effect.gen(function*() {
      const through = yield* proxied()
      const asked = optionsOf({ url: through.url, keepAlive: "1 second", receiveMaximum: 1 })
      const receiver = strings(asked)
      yield* subscribed(asked)
      yield* publish(yield* client(), asked.topic, ["one"])
      const pull = yield* opened(receiver)
      const block = yield* pull
      // Full: nothing is read for longer than the broker may be silent, and the connection stays.
      assert(Option.isNone(yield* Effect.timeoutOption(pull, "2 seconds")))
      yield* block.acknowledge ?? Effect.void
      through.stall()
      const error = yield* failureOf(pull)
      assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["TimedOut", true])
    }).pipe(Effect.scoped))

  it.live("is the older one of two with the same clientId", () =>
    Effect.gen(function*() {
      const asked = optionsOf()
      const pull = yield* opened(strings(asked))
      const older = yield* Effect.forkScoped(failureOf(pull))
      const newer = yield* opened(strings(asked))
      // Mosquitto 2.0 does not say why; where a broker does, it is `TakenOver`.
      assert.include(["ConnectionLost", "TakenOver"], (yield* Fiber.join(older)).reason._tag)
      yield* publish(yield* client(), asked.topic, ["one"])
      assert.strictEqual((yield* newer).records, 1)
    }).pipe(Effect.scoped))
})

describe.skipIf(isMissing)("a broker that ends", () => {
  let broker: StartedMosquitto | undefined
  beforeAll(async () => {
    const found = await startMosquitto()
    if ("server" in found) broker = found.server
  })
  afterAll(() => broker?.close())

  it.live("keeps the session over SIGTERM and a new start", () =>
    Effect.gen(function*() {
      assert(broker !== undefined)
      const { start, stop, url } = broker
      const asked = optionsOf({ url })
      const receiver = strings(asked)
      yield* subscribed(asked)
      yield* Effect.scoped(Effect.flatMap(client({}, url), (sender) => publish(sender, asked.topic, numbers(50))))
      yield* Effect.scoped(Effect.gen(function*() {
        const pull = yield* opened(receiver)
        yield* pull
        yield* Effect.promise(() => stop())
        const error = yield* failureOf(Effect.forever(pull))
        assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["ConnectionLost", true])
      }))
      const refused = yield* failureOf(Effect.scoped(Effect.asVoid(opened(receiver))))
      assert.deepStrictEqual([refused.reason._tag, refused.isRetryable], ["ConnectionRefused", true])
      yield* Effect.promise(() => start())
      assert.deepStrictEqual((yield* read(receiver, 50)).map(({ payload }) => payload), numbers(50))
    }).pipe(Effect.scoped))
})

describe.skipIf(isMissing)("a broker that forgets", () => {
  let broker: StartedMosquitto | undefined
  beforeAll(async () => {
    const found = await startMosquitto({ persistence: false })
    if ("server" in found) broker = found.server
  })
  afterAll(() => broker?.close())

  it.live("is reported when the session is gone, and the receiver goes on", () =>
    Effect.gen(function*() {
      assert(broker !== undefined)
      const { start, stop, url } = broker
      const asked = optionsOf({ url, name: freshName() })
      const receiver = strings(asked)
      yield* Effect.scoped(Effect.asVoid(opened(receiver)))
      yield* Effect.scoped(Effect.asVoid(opened(receiver)))
      assert.strictEqual(yield* counted("lost_sessions", asked.name), 0)
      yield* Effect.promise(() => stop())
      yield* Effect.promise(() => start())
      const pull = yield* opened(receiver)
      assert.strictEqual(yield* counted("lost_sessions", asked.name), 1)
      yield* publish(yield* client({}, url), asked.topic, ["one"])
      assert.strictEqual((yield* pull).records, 1)
    }).pipe(Effect.scoped))
})

describe.skipIf(isMissing)("the will of a receiver", () => {
  const willed = (ending: (cut: () => void) => void) =>
    Effect.gen(function*() {
      const through = yield* proxied()
      const asked = optionsOf({ url: through.url })
      const topic = `${asked.topic}/will`
      const seen: Array<string> = []
      const watcher = yield* client()
      watcher.on("message", (_, payload) => seen.push(payload.toString()))
      yield* Effect.promise(() => watcher.subscribeAsync([topic, `${topic}/end`], { qos: 1 }))
      yield* Effect.scoped(Effect.flatMap(
        opened(strings({ ...asked, will: { topic, payload: "gone", qos: 1 } })),
        () => Effect.sync(() => ending(through.cut))
      ))
      yield* eventually("the broker has noticed", () => through.connections().open === 0)
      // The broker works off a goodbye before it hears of this.
      yield* publish(yield* client(), `${topic}/end`, ["end"])
      yield* eventually("the end came", () => seen.includes("end"))
      return seen
    }).pipe(Effect.scoped)

  it.live("is published when it is gone without a word", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* willed((cut) => cut()), ["gone", "end"])
    }))

  it.live("is not published when it is stopped", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* willed(() => {}), ["end"])
    }))
})
