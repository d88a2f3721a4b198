/** The one file that knows `@platformatic/kafka`: requests of the protocol, their versions pinned to what Kafka 3.1 to 4 speak. */
import type * as Client from "@platformatic/kafka"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type Address, type ConnectionOptions, millisOf } from "./connection.ts"
import { reasonOf } from "./failures.ts"
import type { Reason } from "./KafkaError.ts"
import type { Compressor } from "./recordBatch.ts"

/** A connection to one broker. */
export type Link = Client.Connection

/** How records are compressed on their way and in the topic. */
export type Compression = "none" | "gzip" | "snappy" | "lz4" | "zstd"

/** Who a producer is to the brokers. */
export interface Producer {
  readonly id: bigint
  readonly epoch: number
}

/** Record batches for partitions of one broker, at most one for each partition. */
export interface ProduceRequest {
  readonly transactionalId: string | null
  readonly topics: ReadonlyArray<{
    readonly name: string
    readonly partitions: ReadonlyArray<{ readonly partition: number; readonly batch: Buffer }>
  }>
}

export interface Metadata {
  readonly brokers: ReadonlyMap<number, Address>
  /** The broker that leads each partition, by topic. */
  readonly leaders: ReadonlyMap<string, ReadonlyArray<number>>
}

/** No producer yet: the client's own default, id 0 and epoch 0, is fenced at the second start of a transactional id. */
export const nobody: Producer = { id: -1n, epoch: -1 }

const missing = "@millrace/sinks/Kafka connects by the package @platformatic/kafka: npm install @platformatic/kafka"

const client = Effect.promise(() =>
  import("@platformatic/kafka").catch((cause: unknown) => {
    throw new Error(missing, { cause })
  })
)

/** Connections that are opened when they are asked for, and close with the scope. */
export const makeDriver = (options: ConnectionOptions): Effect.Effect<Driver, never, Scope.Scope> =>
  Effect.flatMap(client, (kafka) =>
    Effect.acquireRelease(
      Effect.sync(() => new Driver(kafka, options)),
      (driver) => driver.close
    ))

export class Driver {
  readonly requestMillis: number
  private readonly kafka: typeof Client
  private readonly pool: Client.ConnectionPool
  private readonly produceApi: Client.API<[ProduceRequest, number], unknown>

  constructor(kafka: typeof Client, options: ConnectionOptions) {
    this.kafka = kafka
    this.requestMillis = millisOf(options.requestTimeout, 30_000)
    this.pool = new kafka.ConnectionPool(options.clientId ?? "millrace", {
      connectTimeout: millisOf(options.connectTimeout, 5_000),
      requestTimeout: this.requestMillis,
      ...tlsOf(options),
      ...(options.sasl === undefined ? {} : {
        sasl: {
          mechanism: options.sasl.mechanism,
          username: options.sasl.username,
          password: Redacted.value(options.sasl.password)
        }
      })
    })
    // An error event that nobody listens to ends the process; whoever waits for an answer is told another way.
    this.pool.on("connecting", ({ connection }) => void connection?.on("error", () => {}))
    this.produceApi = kafka.createAPI(0, 9, produceRequest(kafka), kafka.produceV9.parseResponse)
  }

  /** What a broker that does not read has not taken by then is not waited for. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    const links = Array.from(this.pool, ([, link]) => link)
    return Effect.tryPromise(() => this.pool.close()).pipe(
      Effect.interruptible,
      Effect.timeout("1 second"),
      Effect.ignore,
      Effect.andThen(Effect.sync(() => {
        for (const link of links) link.socket?.destroy()
      }))
    )
  })

  link(addresses: ReadonlyArray<Address>): Effect.Effect<Link, Reason> {
    return ask(() => this.pool.getFirstAvailable([...addresses]))
  }

  metadata(link: Link, topics: ReadonlyArray<string>): Effect.Effect<Metadata, Reason> {
    return Effect.map(ask(() => this.kafka.metadataV12.api.async(link, [...topics], false)), (answer) => {
      const leaders = new Map<string, ReadonlyArray<number>>()
      for (const { name, partitions } of answer.topics) {
        const found = new Array<number>(partitions.length).fill(-1)
        for (const { leaderId, partitionIndex } of partitions) found[partitionIndex] = leaderId
        if (typeof name === "string") leaders.set(name, found)
      }
      return { brokers: new Map(answer.brokers.map(({ host, nodeId, port }) => [nodeId, { host, port }])), leaders }
    })
  }

  /** Who keeps the state of a group, or of a transactional id. */
  coordinator(link: Link, kind: "group" | "transaction", key: string): Effect.Effect<Address, Reason> {
    const asked = ask(() => this.kafka.findCoordinatorV4.api.async(link, kind === "group" ? 0 : 1, [key]))
    return Effect.flatMap(asked, ({ coordinators: [found] }) =>
      found === undefined
        ? Effect.fail<Reason>({ _tag: "Busy", code: "COORDINATOR_NOT_AVAILABLE" })
        : Effect.succeed({ host: found.host, port: found.port }))
  }

  initProducer(link: Link, transactionalId: string | null, timeoutMillis: number, known: Producer): Effect.Effect<Producer, Reason> {
    const asked = ask(() => this.kafka.initProducerIdV4.api.async(link, transactionalId, timeoutMillis, known.id, known.epoch))
    return Effect.map(asked, ({ producerEpoch, producerId }) => ({ id: producerId, epoch: producerEpoch }))
  }

  /** Version 3: later ones are for brokers among themselves, and clients without rights on the cluster are refused. */
  addPartitions(link: Link, transactionalId: string, { epoch, id }: Producer, topics: ReadonlyMap<string, ReadonlyArray<number>>) {
    return ask(() =>
      this.kafka.addPartitionsToTxnV3.api.async(link, [{
        transactionalId,
        producerId: id,
        producerEpoch: epoch,
        verifyOnly: false,
        topics: [...topics].map(([name, partitions]) => ({ name, partitions: [...partitions] }))
      }])
    )
  }

  addOffsets(link: Link, transactionalId: string, { epoch, id }: Producer, group: string) {
    return ask(() => this.kafka.addOffsetsToTxnV3.api.async(link, transactionalId, id, epoch, group))
  }

  /** A position of a group without members, within the transaction. */
  commitOffset(
    link: Link,
    transactionalId: string,
    { epoch, id }: Producer,
    group: string,
    { metadata, offset, topic }: { readonly topic: string; readonly offset: bigint; readonly metadata: string }
  ) {
    return ask(() =>
      this.kafka.txnOffsetCommitV3.api.async(link, transactionalId, group, id, epoch, -1, "", null, [{
        name: topic,
        partitions: [{ partitionIndex: 0, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: metadata }]
      }])
    )
  }

  endTransaction(link: Link, transactionalId: string, { epoch, id }: Producer, isCommitted: boolean) {
    return ask(() => this.kafka.endTxnV3.api.async(link, transactionalId, id, epoch, isCommitted))
  }

  /** What a group has of partition 0 of the topic; `isSettled`: refused with `Busy` while a transaction is about to change it. */
  fetchOffset(link: Link, group: string, topic: string, isSettled: boolean): Effect.Effect<string | undefined, Reason> {
    const asked = ask(() =>
      this.kafka.offsetFetchV8.api.async(
        link,
        [{ groupId: group, memberId: null, memberEpoch: -1, topics: [{ name: topic, partitionIndexes: [0] }] }],
        isSettled
      )
    )
    return Effect.map(asked, ({ groups }) => {
      const found = groups[0]?.topics[0]?.partitions[0]
      return found === undefined || found.committedOffset < 0n ? undefined : found.metadata ?? ""
    })
  }

  produce(link: Link, request: ProduceRequest, limit: number): Effect.Effect<void, Reason> {
    return Effect.asVoid(ask(() => this.produceApi.async(link, request, this.requestMillis), limit))
  }

  readonly checksum = (bytes: Buffer): number => this.kafka.crc32c(bytes)

  compressor(compression: Compression): Compressor | undefined {
    if (compression === "none") return undefined
    const { bitmask, compressSync } = this.kafka.compressionsAlgorithms[compression]
    return { bitmask, compress: (records) => compressSync(records) }
  }
}

const ask = <A>(call: () => Promise<A>, limit?: number): Effect.Effect<A, Reason> =>
  Effect.tryPromise({ try: call, catch: (error) => reasonOf(error, limit) })

const produceRequest = (kafka: typeof Client) => ({ topics, transactionalId }: ProduceRequest, timeoutMillis: number) =>
  kafka.Writer.create()
    .appendString(transactionalId)
    .appendInt16(-1)
    .appendInt32(timeoutMillis)
    .appendArray([...topics], (writer, { name, partitions }) => {
      writer.appendString(name).appendArray([...partitions], (inner, { batch, partition }) => {
        inner.appendInt32(partition).appendUnsignedVarInt(batch.length + 1).append(batch)
      })
    })
    .appendTaggedFields()

const tlsOf = ({ brokers, tls }: ConnectionOptions) => {
  if (tls === undefined || tls === false) return {}
  // Which host is meant is told as part of TLS, but an address is no name.
  const isNamed = !brokers.every((broker) => /^\[|^[\d.]+:/.test(broker))
  if (tls === true) return { tls: {}, tlsServerName: isNamed }
  const { ca, cert, key, servername } = tls
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key: Redacted.value(key) })
    },
    tlsServerName: servername ?? isNamed
  }
}
