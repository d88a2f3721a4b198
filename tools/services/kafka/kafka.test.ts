import { Admin, type BaseOptions, Consumer, Producer, ProduceAcks } from "@platformatic/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { kafka, startKafka, type StartedKafka } from "./kafka.ts"
import { problemAt } from "./problemAt.ts"

const options = (url: string, more: Partial<BaseOptions> = {}): BaseOptions => ({
  clientId: "services",
  bootstrapBrokers: [url],
  retries: 0,
  connectTimeout: 5_000,
  ...more
})

const topicsAt = async (url: string, more: Partial<BaseOptions> = {}): Promise<ReadonlyArray<string>> => {
  const admin = new Admin(options(url, more))
  try {
    return await admin.listTopics()
  } finally {
    await admin.close()
  }
}

let broker: StartedKafka | undefined

beforeAll(async () => {
  const found = await startKafka()
  if ("server" in found) broker = found.server
})

afterAll(() => broker?.close())

it("holds after a kill what it held before, on the same port", async (context) => {
  if (broker === undefined) return context.skip()
  const { url } = broker
  const admin = new Admin(options(url))
  await admin.createTopics({ topics: ["kept"], partitions: 1, replicas: 1 })
  await admin.close()
  const producer = new Producer(options(url))
  await producer.send({ messages: [{ topic: "kept", value: Buffer.from("here") }], acks: ProduceAcks.ALL })
  await producer.close()
  await broker.kill()
  expect(await problemAt(url)).toContain("ECONNREFUSED")
  await broker.start()
  const consumer = new Consumer({ ...options(url, { retries: 5 }), groupId: "readers" })
  const stream = await consumer.consume({ topics: ["kept"], mode: "earliest", autocommit: false })
  for await (const message of stream) {
    expect(message.value?.toString()).toBe("here")
    break
  }
  await consumer.close(true)
})

it("asks for a name where it should", async (context) => {
  if (broker?.sasl === undefined) return context.skip()
  const { password, url, username } = broker.sasl
  for (const mechanism of ["PLAIN", "SCRAM-SHA-256"] as const) {
    expect(await topicsAt(url, { sasl: { mechanism, username, password } })).toBeDefined()
    await expect(topicsAt(url, { sasl: { mechanism, username, password: "wrong" } })).rejects.toThrow()
  }
})

it("speaks TLS, and is not taken for somebody else", async (context) => {
  if (broker?.tls === undefined) return context.skip()
  const { ca, url } = broker.tls
  expect(await topicsAt(url, { tls: { ca } })).toBeDefined()
  await expect(topicsAt(url, { tls: {} })).rejects.toThrow()
})

it("is one for all the tests of a run", async (context) => {
  const one = await kafka()
  if (one === undefined) return context.skip()
  expect(await problemAt(one.url)).toBeUndefined()
})

it("is no broker where nobody listens, or somebody else does", async () => {
  expect(await problemAt("127.0.0.1:1")).toContain("ECONNREFUSED")
})
