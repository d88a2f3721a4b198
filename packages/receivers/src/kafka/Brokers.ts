/** What a reader asks of brokers: which topics there are, where partitions begin and end, and what is in them. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ConnectionOptions } from "./ConnectionOptions.ts"
import { addressOf, call, type Client, client, openPool, requestMillis, send } from "./driver.ts"
import { type FetchResponse, readFetchResponse } from "./fetchResponse.ts"
import { groupBy } from "./groupBy.ts"
import type { Reason } from "./KafkaError.ts"
import { reasonOf, reasonOfProtocol } from "./reasonOf.ts"
import { NotAllowed, UnknownTopic, UnsupportedVersion } from "./reasons.ts"
import { unpack } from "./unpack.ts"

export interface Topic {
  readonly name: string
  readonly id: string
  /** The node that leads each partition, by its number; -1 where none does just now. */
  readonly leaders: ReadonlyArray<number>
}

/** Which records are seen. */
export type Isolation = "read_committed" | "read_uncommitted"

export interface Place {
  readonly topic: string
  readonly partition: number
}

/** Where a partition is to be read from, and how much of it may come. */
export interface Wanted extends Place {
  readonly topicId: string
  readonly offset: number
  readonly maxBytes: number
}

export interface FetchOptions {
  readonly node: number
  readonly isolation: Isolation
  readonly maxWaitMillis: number
  readonly maxBytes: number
}

/** As the protocol has it: the moment, or one of these. */
export const latest = -1
export const earliest = -2

export interface Brokers {
  /** All that may be seen, without those of Kafka itself, or those that are named. One that is named and missing fails. */
  readonly topics: (names: ReadonlyArray<string> | undefined) => Effect.Effect<ReadonlyArray<Topic>, Reason>
  /** For each the first offset with a record of that time or later; the end where there is none. */
  readonly offsets: (
    places: ReadonlyArray<Place>,
    timestamp: number,
    isolation: Isolation
  ) => Effect.Effect<ReadonlyArray<number>, Reason>
  readonly fetch: (wanted: ReadonlyArray<Wanted>, options: FetchOptions) => Effect.Effect<FetchResponse, Reason>
  readonly problem: (errorCode: number) => Reason
  /** How long a broker may hold back an answer without records. */
  readonly waitMillis: number
  /** What the protocol calls an error. */
  readonly nameOf: (errorCode: number) => string
  /** Throws `UnpackedTooLarge` for what becomes larger than `limit`. */
  readonly decompress: (compression: number, bytes: Buffer, limit: number) => Buffer
}

const isolationOf = (isolation: Isolation): number => isolation === "read_committed" ? 1 : 0

const fetchApi = 1
const longestWaitMillis = 250
const fetchVersions = [17, 16, 15, 14, 13]

/** Two sets of connections: a broker answers one request of a connection after the other, and one for records may wait. */
export const openBrokers = (options: ConnectionOptions): Effect.Effect<Brokers, Reason, Scope.Scope> =>
  Effect.gen(function*() {
    const kafka = yield* client
    const asking = yield* openPool(options)
    const fetching = yield* openPool(options)
    return yield* new Asking(kafka, options, asking, fetching).open
  })

class Asking {
  readonly #kafka: typeof Client
  readonly #bootstrap: ReadonlyArray<Client.Broker>
  readonly #names: ReadonlyArray<string>
  readonly #asking: Client.ConnectionPool
  readonly #fetching: Client.ConnectionPool
  readonly #waitMillis: number
  #nodes = new Map<number, Client.Broker>()
  #leaders = new Map<string, ReadonlyArray<number>>()
  #fetchVersion = 0

  constructor(
    kafka: typeof Client,
    { brokers, requestTimeout }: ConnectionOptions,
    asking: Client.ConnectionPool,
    fetching: Client.ConnectionPool
  ) {
    this.#kafka = kafka
    this.#names = brokers
    this.#waitMillis = Math.min(longestWaitMillis, requestMillis(requestTimeout) / 4)
    this.#bootstrap = brokers.map(addressOf)
    this.#asking = asking
    this.#fetching = fetching
  }

  get open(): Effect.Effect<Brokers, Reason> {
    return Effect.gen({ self: this }, function*() {
      const { apiVersionsV3, listOffsetsV9, metadataV12 } = this.#kafka
      const connection = yield* this.#any
      const { apiKeys } = yield* this.#known(call<{ readonly apiKeys: ReadonlyArray<Versions> }>((callback) =>
        apiVersionsV3.api(connection, "millrace", "1", callback)
      ))
      const knows = (key: number, version: number) =>
        apiKeys.some(({ apiKey, maxVersion, minVersion }) => apiKey === key && minVersion <= version && version <= maxVersion)
      const fetchVersion = fetchVersions.find((version) => knows(fetchApi, version))
      if (fetchVersion === undefined) return yield* new UnsupportedVersion({ api: "Fetch" })
      for (const [api, name] of [[metadataV12.api, "Metadata"], [listOffsetsApi(this.#kafka, knows), "ListOffsets"]] as const) {
        if (api === undefined || !knows(api.key, api.version)) return yield* new UnsupportedVersion({ api: name })
      }
      this.#fetchVersion = fetchVersion
      const list = listOffsetsApi(this.#kafka, knows) ?? listOffsetsV9.api
      const brokers: Brokers = {
        topics: (names) => this.#topics(names),
        offsets: (places, timestamp, isolation) => this.#offsets(list, places, timestamp, isolation),
        waitMillis: this.#waitMillis,
        fetch: (wanted, options) => this.#fetch(wanted, options),
        problem: (errorCode) => this.#problem(errorCode),
        nameOf: (errorCode) => this.#nameOf(errorCode),
        decompress: (compression, bytes, limit) => this.#decompress(compression, bytes, limit)
      }
      return brokers
    })
  }

  get #any(): Effect.Effect<Client.Connection, Reason> {
    return this.#known(call<Client.Connection>((callback) =>
      this.#asking.getFirstAvailable([...this.#nodes.values(), ...this.#bootstrap], callback)
    ))
  }

  #known<A>(effect: Effect.Effect<A, unknown>): Effect.Effect<A, Reason> {
    return Effect.mapError(effect, (error) => reasonOf(error, this.#names))
  }

  #connection(pool: Client.ConnectionPool, node: number): Effect.Effect<Client.Connection, Reason> {
    const broker = this.#nodes.get(node)
    return broker === undefined
      ? Effect.fail(reasonOfProtocol("LEADER_NOT_AVAILABLE", true))
      : this.#known(call<Client.Connection>((callback) => pool.get(broker, callback)))
  }

  #topics(names: ReadonlyArray<string> | undefined): Effect.Effect<ReadonlyArray<Topic>, Reason> {
    const { metadataV12 } = this.#kafka
    const asked = (connection: Client.Connection) =>
      call<Metadata>((callback) =>
        metadataV12.api(connection, names === undefined ? null : [...names], false, false, (error, response) => {
          // An error of one topic comes with what is known of the others.
          const partly = error !== null && "response" in error ? error.response : undefined
          if (isMetadata(partly)) callback(null, partly)
          else callback(error, response)
        })
      )
    return Effect.flatMap(Effect.flatMap(this.#any, (connection) => this.#known(asked(connection))), ({ brokers, topics }) => {
      this.#nodes = new Map(brokers.map(({ host, nodeId, port }) => [nodeId, { host, port }]))
      const found: Array<Topic> = []
      for (const { errorCode, isInternal, name, partitions, topicId } of topics) {
        if (name === null || name === undefined || names === undefined && isInternal) continue
        // Another error does not mean that the topic is gone: without it, it would be begun anew when it is there again.
        if (names === undefined && this.#nameOf(errorCode) === "TOPIC_AUTHORIZATION_FAILED") continue
        if (errorCode !== 0) return Effect.fail(this.#problemOf(name, errorCode))
        const leaders: Array<number> = []
        for (const { leaderId, partitionIndex } of partitions) leaders[partitionIndex] = leaderId
        this.#leaders.set(name, leaders)
        found.push({ name, id: topicId, leaders })
      }
      return Effect.succeed(found)
    })
  }

  #problemOf(topic: string, errorCode: number): Reason {
    const name = this.#nameOf(errorCode)
    if (name === "UNKNOWN_TOPIC_OR_PARTITION" || name === "INVALID_TOPIC_EXCEPTION") return new UnknownTopic({ topic })
    return name === "TOPIC_AUTHORIZATION_FAILED" ? new NotAllowed({ code: name }) : this.#problem(errorCode)
  }

  #offsets(
    api: ListOffsets,
    places: ReadonlyArray<Place>,
    timestamp: number,
    isolation: Isolation
  ): Effect.Effect<ReadonlyArray<number>, Reason> {
    const byNode = groupBy(places, ({ partition, topic }) => this.#leaders.get(topic)?.[partition] ?? -1)
    const ask = ([node, asked]: readonly [number, ReadonlyArray<Place>]) =>
      Effect.flatMap(this.#connection(this.#asking, node), (connection) =>
        this.#known(call<Awaited<ReturnType<ListOffsets["async"]>>>((callback) => {
          const topics = [...groupBy(asked, ({ topic }) => topic)].map(([name, some]) => ({
            name,
            partitions: some.map(({ partition }) => ({
              partitionIndex: partition,
              currentLeaderEpoch: -1,
              timestamp: BigInt(Math.floor(timestamp))
            }))
          }))
          api(connection, -1, isolationOf(isolation), topics, callback)
        })))
    return Effect.map(Effect.forEach([...byNode], ask, { concurrency: 8 }), (answers) => {
      const found = new Map(answers.flatMap(({ topics }) =>
        topics.flatMap(({ name, partitions }) =>
          partitions.map(({ offset, partitionIndex }) => [`${partitionIndex}:${name}`, Number(offset)] as const))
      ))
      return places.map(({ partition, topic }) => found.get(`${partition}:${topic}`) ?? -1)
    })
  }

  #fetch(wanted: ReadonlyArray<Wanted>, options: FetchOptions): Effect.Effect<FetchResponse, Reason> {
    const write = () => writeFetch(this.#kafka, this.#fetchVersion, wanted, options)
    return Effect.flatMap(this.#connection(this.#fetching, options.node), (connection) =>
      this.#known(send(connection, { api: fetchApi, version: this.#fetchVersion, write, read: readFetchResponse })))
  }

  #nameOf(errorCode: number): string {
    return this.#kafka.protocolErrorsCodesById[errorCode] ?? String(errorCode)
  }

  #problem(errorCode: number): Reason {
    const name = this.#nameOf(errorCode)
    return reasonOfProtocol(name, this.#kafka.protocolErrors[name]?.canRetry === true)
  }

  #decompress(compression: number, bytes: Buffer, limit: number): Buffer {
    const algorithm = this.#kafka.compressionsAlgorithmsByBitmask[compression]
    if (algorithm === undefined) throw new Error(`compression ${compression} is unknown`)
    return unpack(compression, bytes, limit, (packed) => algorithm.decompressSync(packed))
  }
}

interface Versions {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

type Metadata = Client.metadataV12.MetadataResponse

const isMetadata = (u: unknown): u is Metadata => typeof u === "object" && u !== null && "brokers" in u && "topics" in u

type ListOffsets = typeof Client.listOffsetsV9.api

/** Versions 7 to 9 take and give the same. */
const listOffsetsApi = (
  { listOffsetsV7, listOffsetsV8, listOffsetsV9 }: typeof Client,
  knows: (key: number, version: number) => boolean
): ListOffsets | undefined =>
  [listOffsetsV9.api, listOffsetsV8.api, listOffsetsV7.api].find(({ key, version }) => knows(key, version))

/** Without a session: every request says all that it wants. */
const writeFetch = (
  { Writer }: typeof Client,
  version: number,
  wanted: ReadonlyArray<Wanted>,
  { isolation, maxBytes, maxWaitMillis }: FetchOptions
): Client.Writer => {
  const topics = [...groupBy(wanted, ({ topicId }) => topicId)]
  const writer = Writer.create()
  // From version 15 on who is no replica does not say so.
  if (version < 15) writer.appendInt32(-1)
  return writer
    .appendInt32(Math.floor(maxWaitMillis))
    .appendInt32(1)
    .appendInt32(maxBytes)
    .appendInt8(isolationOf(isolation))
    .appendInt32(0)
    .appendInt32(-1)
    .appendArray(topics, (w, [topicId, partitions]) => {
      w.appendUUID(topicId).appendArray(partitions, (w, { maxBytes, offset, partition }) => {
        w.appendInt32(partition)
          .appendInt32(-1)
          .appendInt64(BigInt(offset))
          .appendInt32(-1)
          .appendInt64(-1n)
          .appendInt32(maxBytes)
      })
    })
    .appendArray(new Array<never>(), () => {})
    .appendString("")
    .appendTaggedFields()
}
