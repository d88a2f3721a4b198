import { describe, layer } from "@effect/vitest"
import { SinkLaws } from "@millrace/core/testing"
import * as Kafka from "@millrace/sinks/Kafka"
import { Arbitrary, Effect, Schema } from "effect"
import { cluster, isMissing, read, topic } from "./broker.ts"

/** Texts that UTF-8 can be made of. */
const item = Arbitrary.schema(Schema.String.check(Schema.isPattern(/^[^\ud800-\udfff]*$/)))

const suite = layer(cluster(), { timeout: "60 seconds", excludeTestServices: true })

const values = (name: string) => Effect.map(read(name, { partitions: 1 }), (found) => found.map(({ value }) => value))

describe.skipIf(isMissing)("Kafka", () => suite("the laws of sinks hold", (it) => {
  const transactional = SinkLaws.all({
    commitClass: "Transactional",
    item,
    make: Effect.map(topic(1), (name) => ({
      sink: Kafka.transactional({ topic: name, prefix: name, record: (value: string) => ({ value }) }),
      read: values(name)
    })),
    runs: 5
  })
  for (const law of transactional) it.effect(`for transactional: ${law.name}`, () => law.check)

  const produced = SinkLaws.all({
    commitClass: "AtLeastOnce",
    item,
    make: Effect.map(topic(1), (name) => ({
      sink: Kafka.produce({ topic: name, record: (value: string) => ({ value }) }),
      read: values(name)
    })),
    runs: 5
  })
  for (const law of produced) it.effect(`for produce: ${law.name}`, () => law.check)
}))
