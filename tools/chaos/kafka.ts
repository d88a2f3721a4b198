/** Records in the topic of a broker that is killed, and what came out in another topic of it. */
import { startKafka } from "@millrace/tool-services"
import { Admin } from "@platformatic/kafka"
import { Committed } from "./Committed.ts"
import type { Entry } from "./input.ts"
import { MissingServer } from "./MissingServer.ts"
import { Paced } from "./Paced.ts"
import { PartitionWriter } from "./PartitionWriter.ts"
import type { Upstream } from "./Upstream.ts"

/** Records of a key are in one partition, and so in order. */
const partitions = 3
const topics = { in: "in", out: "out" }

export const overKafka = async (entries: ReadonlyArray<Entry>, rate: number): Promise<Upstream> => {
  const found = await startKafka()
  if ("missing" in found) throw new MissingServer("Kafka", found.missing)
  const { server } = found
  const client = { clientId: "chaos", bootstrapBrokers: [server.url], retries: 20, retryDelay: 250 }
  const admin = new Admin(client)
  await admin.createTopics({ topics: [topics.in], partitions, replicas: 1 })
  await admin.createTopics({ topics: [topics.out], partitions: 1, replicas: 1 })
  await admin.close()
  const writer = new PartitionWriter(client, topics.in)
  const paced = new Paced(entries, rate, async (next) => {
    const byPartition = Array.from({ length: partitions }, () => new Array<Entry>())
    for (const entry of next) byPartition[Number(entry.key.slice(1)) % partitions]?.push(entry)
    await Promise.all(byPartition.map((some, partition) => writer.write(partition, some)))
  })
  const reader = new Committed(client, topics.out)
  return {
    source: { _tag: "kafka", url: server.url, topic: topics.in },
    ends: false,
    sent: () => 0,
    due: () => paced.allowed,
    allow: paced.allow,
    hurry: paced.hurry,
    broker: {
      end: async () => {
        await paced.hold()
        await server.kill()
      },
      start: async () => {
        await server.start()
        paced.goOn()
      }
    },
    kafka: { url: server.url, topic: topics.out },
    committed: (isOver) => reader.read(isOver),
    close: async () => {
      await paced.close()
      await Promise.allSettled([writer.close(), reader.close()])
      await server.close()
    }
  }
}
