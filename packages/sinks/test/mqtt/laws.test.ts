import { describe, it } from "@effect/vitest"
import { SinkLaws } from "@millrace/core/testing"
import * as Mqtt from "@millrace/sinks/Mqtt"
import { Arbitrary, Effect, Schema } from "effect"
import { type Asked, client, eventually, freshName, isMissing, listening, texts, url } from "./broker.ts"

/** A topic of its own, and somebody who listens. */
const place = (options: Partial<Asked<string>>) =>
  Effect.gen(function*() {
    const topic = freshName()
    const seen = yield* listening(topic)
    const other = yield* client()
    let reads = 0
    return {
      sink: Mqtt.publish({ topic, payload: (text: string) => text, ...options }),
      // The broker passes on in order: what it acknowledged before this is there before it.
      read: Effect.gen(function*() {
        const end = `end ${++reads}`
        yield* Effect.promise(() => other.publishAsync(topic, end, { qos: 2 }))
        yield* eventually("the end came", () => texts(seen).includes(end))
        return texts(seen).filter((text) => !text.startsWith("end "))
      })
    }
  })

describe.skipIf(isMissing)("the laws of sinks hold", () => {
  const cases: Record<string, Partial<Asked<string>>> = { "QoS 1": {}, "QoS 2": { qos: 2 }, "MQTT 3.1.1": { protocolVersion: "3.1.1" } }
  for (const [title, options] of Object.entries(cases)) {
    const laws = SinkLaws.all({
      commitClass: "AtLeastOnce",
      item: Arbitrary.schema(Schema.Literals(["", "a", "two words", "é\u2028€", "\0"])),
      make: place(options),
      runs: 8
    })
    const broker = Mqtt.layer({ url, ...options })
    for (const law of laws) it.live(`with ${title}: ${law.name}`, () => Effect.provide(Effect.scoped(law.check), broker))
  }
})
