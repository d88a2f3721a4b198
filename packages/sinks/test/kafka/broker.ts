/** Topics of one's own on the Kafka of the tests, and what readers of committed records find there. */
import { kafka } from "@millrace/tool-services"
import { layer } from "@millrace/sinks/Kafka"
import { Admin, Connection, fetchV12, listOffsetsV7 } from "@platformatic/kafka"
import { Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"

const server = await kafka()

/** Whether there is none, and the tests are skipped. */
export const isMissing = server === undefined

export const url = server?.url ?? "127.0.0.1:1"

/** A name that no other run of tests has, on a server that several may share. */
export const freshName = (): string => `millrace-sink-${randomUUID().slice(0, 13)}`

export const cluster = (at = url) => Layer.orDie(layer({ brokers: [at], requestTimeout: "10 seconds" }))

export const withAdmin = <A>(use: (admin: Admin) => Promise<A>, at = url): Effect.Effect<A> =>
  Effect.promise(async () => {
    const admin = new Admin({ clientId: "test", bootstrapBrokers: [at], retries: 5, retryDelay: 200 })
    try {
      return await use(admin)
    } finally {
      await admin.close()
    }
  })

/** Records of tests are of 1970, and brokers delete what is as old as that whenever they look. */
const forEver = { name: "retention.ms", value: "-1" }

/** A topic that is gone when the scope closes, with the groups whose names begin with its own. */
export const topic = (partitions = 2, configs: ReadonlyArray<{ readonly name: string; readonly value: string }> = [], at = url) =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const name = freshName()
      const made = withAdmin((admin) => admin.createTopics({ topics: [name], partitions, replicas: 1, configs: [forEver, ...configs] }), at)
      return Effect.andThen(made, Effect.as(led(name, partitions, at), name))
    }),
    (name) =>
      Effect.ignoreCause(withAdmin(async (admin) => {
        await admin.deleteTopics({ topics: [name] })
        const groups = [...(await admin.listGroups()).keys()].filter((group) => group.startsWith(`${name}/`))
        if (groups.length > 0) await admin.deleteGroups({ groups })
      }, at))
  )

/** A broker says of a topic that it is there before it can be read. */
const led = (name: string, partitions: number, at: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    const connection = await connected(at)
    const deadline = performance.now() + 10_000
    for (let partition = 0; partition < partitions;) {
      try {
        await endOf(connection, name, partition, false)
        partition++
      } catch (error) {
        if (performance.now() > deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    await connection.close()
  })

/** A record as a reader sees it. */
export interface Found {
  readonly partition: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: Readonly<Record<string, string | null>>
  readonly timestamp: number
}

export const connected = async (at = url): Promise<Connection> => {
  const [host = "", port] = at.split(":")
  const connection = new Connection("test", { connectTimeout: 5_000, requestTimeout: 10_000 })
  connection.on("error", () => {})
  await connection.connect(host, Number(port))
  return connection
}

const endOf = async (connection: Connection, name: string, partition: number, isCommitted: boolean): Promise<bigint> => {
  const partitions = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp: -1n }]
  const answer = await listOffsetsV7.api.async(connection, -1, isCommitted ? 1 : 0, [{ name, partitions }])
  return answer.topics[0]?.partitions[0]?.offset ?? 0n
}

/** One after the other: partitions, and offsets within. Waits for transactions that end, unless told not to. */
export const read = (
  name: string,
  { at = url, isCommitted = true, partitions = 2, waits = true } = {}
): Effect.Effect<ReadonlyArray<Found>> =>
  Effect.promise(async () => {
    const connection = await connected(at)
    try {
      const found: Array<Found> = []
      for (let partition = 0; partition < partitions; partition++) {
        const end = await endOf(connection, name, partition, false)
        if (waits && isCommitted) await settled(connection, name, partition, end)
        await readPartition(connection, name, partition, isCommitted ? await endOf(connection, name, partition, true) : end, isCommitted, found)
      }
      return found
    } finally {
      await connection.close()
    }
  })

/** The records of a transaction show a moment after it has ended. */
const settled = async (connection: Connection, name: string, partition: number, end: bigint): Promise<void> => {
  const deadline = performance.now() + 10_000
  while (await endOf(connection, name, partition, true) < end) {
    if (performance.now() > deadline) throw new Error("a transaction does not end")
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const readPartition = async (
  connection: Connection,
  name: string,
  partition: number,
  end: bigint,
  isCommitted: boolean,
  found: Array<Found>
): Promise<void> => {
  for (let offset = 0n; offset < end;) {
    const asked = { partition, currentLeaderEpoch: -1, fetchOffset: offset, lastFetchedEpoch: -1, partitionMaxBytes: 10_000_000 }
    const topics = [{ topicId: name, partitions: [asked] }]
    const answer = await fetchV12.api.async(connection, 500, 1, 10_000_000, isCommitted ? 1 : 0, 0, -1, topics, [], "")
    const part = answer.responses[0]?.partitions[0]
    const aborted = [...part?.abortedTransactions ?? []].sort((a, b) => Number(a.firstOffset - b.firstOffset))
    const gone = new Set<bigint>()
    for (const batch of part?.records ?? []) {
      const last = batch.firstOffset + BigInt(batch.lastOffsetDelta)
      while (aborted[0] !== undefined && aborted[0].firstOffset <= last) gone.add(aborted.shift()?.producerId ?? 0n)
      const isControl = (batch.attributes & 32) !== 0
      if (isControl && batch.records[0]?.key?.readInt16BE(2) === 0) gone.delete(batch.producerId)
      const isGone = isCommitted && (batch.attributes & 16) !== 0 && gone.has(batch.producerId)
      for (const record of isControl || isGone || last < offset ? [] : batch.records) {
        found.push({
          partition,
          key: record.key?.toString() ?? null,
          value: record.value?.toString() ?? null,
          headers: Object.fromEntries(record.headers.map(([key, value]) => [key?.toString(), value?.toString() ?? null])),
          timestamp: Number(batch.firstTimestamp + record.timestampDelta)
        })
      }
      offset = last + 1n
    }
    if ((part?.records ?? []).length === 0) break
  }
}
