import { describe, it } from "@effect/vitest"
import { Decoder, type Receiver } from "@millrace/core"
import { ReceiverLaws } from "@millrace/core/testing"
import * as Kafka from "@millrace/receivers/Kafka"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { platform } from "node:os"
import { afterAll } from "vitest"
import { connection, freshName, isMissing, Kit, openTo, url } from "./broker.ts"
import { decoded } from "./reading.ts"

const kit = new Kit(url)
afterAll(() => kit.close())

const item = Arbitrary.schema(Schema.Literals(["", "a", "two words", "é\u2028€😀", "a value that is longer than the others"]))

/** Those of the receiver: others of this process were there before, and stay. A socket is closed a little later. */
const openSince = (before: number): Effect.Effect<number> =>
  Effect.promise(async () => {
    for (let tries = 0; tries < 200 && openTo(url) > before; tries++) await new Promise((resolve) => setTimeout(resolve, 5))
    return openTo(url) - before
  })

const filled = (records: ReadonlyArray<string>) =>
  Effect.promise(async () => {
    const topic = await kit.topic("laws")
    // Several batches in the log, so that ranges begin and end within them.
    for (let from = 0; from < records.length; from += 20) await kit.send(topic, records.slice(from, from + 20))
    return { topic, before: platform() === "linux" ? openTo(url) : 0 }
  })

/** The laws know what was sent, which is the values. */
const valuesOnly = <E, R>(receiver: Receiver.Receiver<Kafka.KafkaRecord<unknown, unknown>, E, R>) => ({
  ...receiver,
  decoder: Decoder.flatMap((chunk: unknown) => decoded(receiver, [chunk]).map(({ value }) => value))
})

const unobservable = platform() === "linux" ? ["taken"] as const : ["taken", "open"] as const

describe.skipIf(isMissing)("Kafka.direct keeps the laws of receivers", () => {
  const laws = ReceiverLaws.all({
    delivery: "Replayable",
    item,
    runs: 6,
    endless: true,
    make: (records: ReadonlyArray<string>) =>
      Effect.map(filled(records), ({ before, topic }) => ({
        receiver: valuesOnly(Kafka.direct({ name: "laws", topics: [topic], start: "earliest", value: Kafka.string })),
        open: openSince(before)
      })),
    unobservable
  })
  for (const law of laws) it.live(law.name, () => law.check.pipe(Effect.provide(connection)))
})

describe.skipIf(isMissing)("Kafka.subscribe keeps the laws of receivers", () => {
  const laws = ReceiverLaws.all({
    delivery: "Acknowledged",
    item,
    runs: 4,
    endless: true,
    make: (records: ReadonlyArray<string>) =>
      Effect.map(filled(records), ({ before, topic }) => ({
        receiver: valuesOnly(Kafka.subscribe({
          name: "laws",
          topics: [topic],
          groupId: freshName("laws"),
          value: Kafka.string,
          sessionTimeout: "6 seconds",
          // What a law does not acknowledge is not waited for.
          drainTimeout: "20 millis"
        })),
        open: openSince(before)
      })),
    unobservable
  })
  for (const law of laws) it.live(law.name, () => law.check.pipe(Effect.provide(connection)))
})
