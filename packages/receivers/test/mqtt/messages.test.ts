/** What comes, and as what. */
import { assert, describe, it } from "@effect/vitest"
import * as Mqtt from "@millrace/receivers/Mqtt"
import { Effect } from "effect"
import { type Asked, client, eventually, freshName, isMissing, messagesOf, opened, placed, publish, read, sessionExpiry, strings, subscribed, url } from "./broker.ts"

const optionsOf = (options: Partial<Asked> = {}): Asked & { readonly topic: string } => {
  const topic = freshName()
  return { topic, name: "test", url, clientId: topic, subscriptions: [topic], sessionExpiry, ...options }
}

describe.skipIf(isMissing)("what an MQTT receiver takes in", () => {
  for (const version of ["5", "3.1.1"] as const) {
    for (const published of [0, 1, 2] as const) {
      for (const asked of [0, 1, 2] as const) {
        it.live(`MQTT ${version}: published at QoS ${published}, asked for at ${asked}`, () =>
          Effect.gen(function*() {
            const options = optionsOf({ protocolVersion: version, qos: asked })
            const receiver = strings(options)
            const sender = yield* client()
            const sent = ["one", "two", "three"]
            const found = yield* Effect.scoped(Effect.gen(function*() {
              const pull = yield* opened(receiver)
              yield* publish(sender, options.topic, sent, { qos: published })
              const found: Array<Mqtt.Message<string>> = []
              while (found.length < 3) {
                const block = yield* pull
                found.push(...messagesOf(receiver, block))
                yield* block.acknowledge ?? Effect.void
              }
              return found
            }))
            assert.deepStrictEqual(found.map(({ payload }) => payload), sent)
            assert.deepStrictEqual([...new Set(found.map(({ qos }) => qos))], [Math.min(published, asked)])
            assert.strictEqual(receiver.receiver.delivery, asked === 0 ? "Unreplayable" : "Acknowledged")
          }).pipe(Effect.scoped))
      }
    }
  }

  it.live("has topic, flags and the properties of MQTT 5, and bytes as they were", () =>
    Effect.gen(function*() {
      const options = optionsOf()
      yield* subscribed(options)
      const payload = Buffer.from([0, 255, 254, 10, 13])
      yield* publish(yield* client(), options.topic, [payload], {
        qos: 2,
        properties: {
          contentType: "application/x",
          responseTopic: "answers",
          correlationData: Buffer.from([1, 2, 255]),
          messageExpiryInterval: 100,
          userProperties: { a: ["1", "2"], __proto__: "3", "é": "€" }
        }
      })
      const [message] = yield* read(placed(options, Mqtt.bytes), 1)
      assert.deepStrictEqual(Buffer.from(message?.payload ?? []), payload)
      assert.deepStrictEqual(Buffer.from(message?.correlationData ?? []), Buffer.from([1, 2, 255]))
      assert.deepStrictEqual(
        [message?.topic, message?.qos, message?.retain, message?.duplicate, message?.contentType, message?.responseTopic],
        [options.topic, 1, false, false, "application/x", "answers"]
      )
      assert.isAtMost(message?.messageExpiry ?? 101, 100)
      assert.deepStrictEqual(message?.userProperties.map(String), ["a,1", "a,2", "é,€"])
    }).pipe(Effect.scoped))

  it.live("takes several filters with wildcards, and no topic that none of them fits", () =>
    Effect.gen(function*() {
      const base = freshName()
      const options = optionsOf({ subscriptions: [`${base}/+/speed`, { filter: `${base}/deep/#`, qos: 2 }] })
      yield* subscribed(options)
      const sender = yield* client()
      for (const topic of ["a/speed", "b/speed", "a/gear", "deep/x/y", "deep"]) {
        yield* publish(sender, `${base}/${topic}`, [topic], { qos: 2 })
      }
      const found = yield* read(strings(options), 4)
      assert.deepStrictEqual(found.map(({ payload, qos }) => [payload, qos]), [["a/speed", 1], ["b/speed", 1], ["deep/x/y", 2], ["deep", 2]])
    }).pipe(Effect.scoped))

  it.live("shares a subscription with others: each message comes to one of them", () =>
    Effect.gen(function*() {
      const topic = freshName()
      const two = [0, 1].map(() => strings({ ...optionsOf(), subscriptions: [`$share/${topic}/${topic}`] }))
      const sent = Array.from({ length: 40 }, (_, n) => `${n}`)
      const found: Array<Array<string>> = [[], []]
      for (const [index, receiver] of two.entries()) {
        const pull = yield* opened(receiver)
        yield* Effect.forkScoped(Effect.forever(Effect.flatMap(pull, (block) => {
          found[index]?.push(...messagesOf(receiver, block).map(({ payload }) => payload))
          return block.acknowledge ?? Effect.void
        })))
      }
      yield* publish(yield* client(), topic, sent)
      yield* eventually("all came", () => found.flat().length >= sent.length)
      assert.deepStrictEqual(found.flat().toSorted((a, b) => Number(a) - Number(b)), sent)
      assert.isAbove(found[0]?.length ?? 0, 0)
      assert.isAbove(found[1]?.length ?? 0, 0)
    }).pipe(Effect.scoped))

  const kept = { new: ["old", "live"], always: ["old", "old", "live"], never: ["live"] } as const
  for (const retained of ["new", "always", "never"] as const) {
    it.live(`retained messages: ${retained}`, () =>
      Effect.gen(function*() {
        const options = optionsOf({ retained })
        const sender = yield* client()
        yield* publish(sender, options.topic, ["old"], { qos: 1, retain: true })
        const receiver = strings(options)
        // The first opening, which may be given the message, acknowledges what it gets.
        const first = yield* read(receiver, retained === "never" ? 0 : 1)
        yield* publish(sender, options.topic, ["live"], { qos: 1 })
        const second = yield* read(receiver, retained === "always" ? 2 : 1)
        yield* publish(sender, options.topic, [""], { qos: 1, retain: true })
        const all = [...first, ...second]
        assert.sameMembers(all.map(({ payload }) => payload), [...kept[retained]])
        assert.deepStrictEqual(all.filter(({ retain }) => retain).length, kept[retained].length - 1)
      }).pipe(Effect.scoped))
  }

  it.live("takes the rest of a session up after it was closed, in order, and only what was not acknowledged", () =>
    Effect.gen(function*() {
      const options = optionsOf()
      yield* subscribed(options)
      const sender = yield* client()
      yield* publish(sender, options.topic, ["one", "two"])
      assert.deepStrictEqual((yield* read(strings(options), 2)).map(({ payload }) => payload), ["one", "two"])
      yield* publish(sender, options.topic, ["three", "four"])
      const unsafe = yield* read(strings(options), 2, { acknowledge: false })
      const again = yield* read(strings(options), 2)
      assert.deepStrictEqual(unsafe.map(({ payload }) => payload), ["three", "four"])
      assert.deepStrictEqual(again.map(({ duplicate, payload }) => [duplicate, payload]), [[true, "three"], [true, "four"]])
    }).pipe(Effect.scoped))
})
