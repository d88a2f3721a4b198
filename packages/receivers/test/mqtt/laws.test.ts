import { describe, it } from "@effect/vitest"
import { Decoder } from "@millrace/core"
import { ReceiverLaws } from "@millrace/core/testing"
import * as Mqtt from "@millrace/receivers/Mqtt"
import { Arbitrary, Effect, Schema } from "effect"
import { type Asked, client, freshName, isMissing, messagesOf, publish, sessionExpiry, strings, subscribed, url } from "./broker.ts"

/** A session that holds these payloads, and the receiver that reads them. */
const make = (options: Partial<Asked>) => (records: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const topic = freshName()
    const asked = { name: "laws", url, clientId: topic, subscriptions: [topic], sessionExpiry, ...options } as const
    const read = strings(asked)
    yield* Effect.orDie(subscribed(asked))
    yield* publish(yield* client(), topic, records, { qos: 2 })
    // Of a message the laws look at the payload.
    const decoder = Decoder.flatMap((chunk: unknown) =>
      messagesOf(read, { payload: [chunk], records: 1, bytes: 0 }).map(({ payload }) => payload))
    return { receiver: { ...read.receiver, decoder } }
  })

describe.skipIf(isMissing)("the laws of receivers hold", () => {
  const cases: Record<string, Partial<Asked>> = { "QoS 1": { qos: 1 }, "QoS 2": { qos: 2 }, "MQTT 3.1.1": { protocolVersion: "3.1.1" } }
  for (const [title, options] of Object.entries(cases)) {
    const laws = ReceiverLaws.all({
      delivery: "Acknowledged",
      item: Arbitrary.schema(Schema.Literals(["", "a", "two words", "é\u2028€", "\0"])),
      make: make(options),
      maxRecords: 20,
      runs: 5,
      endless: true,
      // What is in the buffers of two kernels was taken; and a session that has to acknowledge outlives its scope.
      unobservable: ["taken", "open"]
    })
    const broker = Mqtt.layer({ url, ...options })
    for (const law of laws) it.live(`with ${title}: ${law.name}`, () => Effect.provide(Effect.scoped(law.check), broker))
  }
})
