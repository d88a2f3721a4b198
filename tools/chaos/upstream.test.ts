/** What records come over sends each of them, whatever becomes of the broker meanwhile. */
import { Consumer, ListOffsetTimestamps, ProduceAcks, Producer } from "@platformatic/kafka"
import { connect } from "mqtt"
import { afterEach, assert, describe, it, type TestContext } from "vitest"
import { makeEntries, parse } from "./input.ts"
import { overKafka } from "./kafka.ts"
import { MissingServer } from "./MissingServer.ts"
import { overMqtt } from "./mqtt.ts"
import type { Upstream } from "./Upstream.ts"

const entries = makeEntries(3_000, 7)
const rate = 20_000
let opened: Upstream | undefined

afterEach(async () => {
  await opened?.close()
  opened = undefined
})

const open = async (context: TestContext, make: typeof overKafka): Promise<Upstream> => {
  try {
    return opened = await make(entries, rate)
  } catch (error) {
    if (error instanceof MissingServer && process.env["MILLRACE_REQUIRE_SERVICES"] !== "1") context.skip(error.message)
    throw error
  }
}

/** Sends some, ends the broker, starts it again and sends the others. */
const send = async (upstream: Upstream): Promise<void> => {
  upstream.allow?.(entries.length / 2)
  await upstream.broker?.end()
  await upstream.broker?.start()
  upstream.hurry()
}

const until = async (isThere: () => Promise<boolean> | boolean): Promise<void> => {
  while (!await isThere()) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe("over Kafka", () => {
  it("writes every record once, and sees of transactions what was committed", async (context) => {
    const upstream = await open(context, overKafka)
    assert.strictEqual(upstream.source._tag, "kafka")
    await send(upstream)
    const url = upstream.kafka?.url ?? ""
    const consumer = new Consumer({ clientId: "test", groupId: "test", bootstrapBrokers: [url], retries: 20 })
    const count = async () => {
      const ends = await consumer.listOffsets({ topics: ["in"], timestamp: ListOffsetTimestamps.LATEST })
      return (ends.get("in") ?? []).reduce((sum, end) => sum + Number(end), 0)
    }
    await until(async () => await count() >= entries.length)
    assert.strictEqual(await count(), entries.length)
    await consumer.close(true)
    const client = { clientId: "test", bootstrapBrokers: [url], retries: 20 }
    // None is known yet. The client says otherwise by default, and would be taken for an old one.
    const fresh = { producerId: -1n, producerEpoch: -1 }
    const writer = new Producer({ ...client, ...fresh, idempotent: true, transactionalId: "test" })
    for (const [value, isKept] of [["a", true], ["b", false], ["c", false], ["d", true]] as const) {
      const transaction = await writer.beginTransaction()
      await transaction.send({ messages: [{ topic: "out", value: Buffer.from(value) }], acks: ProduceAcks.ALL })
      await (isKept ? transaction.commit() : transaction.abort())
      assert.strictEqual((await upstream.committed?.(true))?.includes(value), isKept)
    }
    assert.deepStrictEqual(await upstream.committed?.(true), ["a", "d"])
    await writer.close(true)
  })
})

describe("over MQTT", () => {
  it("keeps every message for who is away, some of them twice", async (context) => {
    const upstream = await open(context, overMqtt)
    const { source } = upstream
    assert(source._tag === "mqtt")
    await send(upstream)
    const came: Array<number> = []
    const reader = connect(source.url, { clientId: source.clientId, clean: false, protocolVersion: 5 })
    reader.on("message", (_topic, payload) => came.push(parse(payload.toString()).id))
    await until(() => new Set(came).size === entries.length)
    assert.isAbove(came.length, entries.length)
    await reader.endAsync(true)
  })
})
