import { describe, it } from "@effect/vitest"
import { Decoder, Receiver } from "@millrace/core"
import { ReceiverLaws } from "@millrace/core/testing"
import * as Mqtt from "@millrace/receivers/Mqtt"
import { Arbitrary, Effect, Schema } from "effect"
import { client, freshName, isMissing, messagesOf, publish, sessionExpiry, subscribed, url } from "./broker.ts"

/** A session that holds these payloads, and the receiver that reads them. */
const make = (options: Partial<Mqtt.Options>) => (records: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const topic = freshName()
    const asked = { name: "laws", url, clientId: topic, subscriptions: [topic], sessionExpiry, ...options } as const
    const receiver = Mqtt.strings(asked)
    yield* Effect.orDie(subscribed(asked))
    yield* publish(yield* client(), topic, records, { qos: 2 })
    const { source } = receiver
    if (source._tag !== "Stream") throw new Error("it is a stream")
    // Of a message the laws look at the payload.
    const decoder = Decoder.flatMap((chunk: unknown) =>
      messagesOf(receiver, { payload: [chunk], records: 1, bytes: 0 }).map(({ payload }) => payload))
    return { receiver: Receiver.make({ name: "laws", delivery: receiver.delivery, decoder, open: source.open }) }
  })

describe.skipIf(isMissing)("the laws of receivers hold", () => {
  const cases = { "QoS 1": { qos: 1 }, "QoS 2": { qos: 2 }, "MQTT 3.1.1": { version: "3.1.1" } } as const
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
    for (const law of laws) it.live(`with ${title}: ${law.name}`, () => Effect.scoped(law.check))
  }
})
