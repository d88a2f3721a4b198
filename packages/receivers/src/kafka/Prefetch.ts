/** Fetches ahead: one loop for each broker that leads a partition, up to a bound of bytes. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Brokers, earliest, type Isolation, latest, type Wanted } from "./Brokers.ts"
import type { FetchedPartition, FetchResponse } from "./fetchResponse.ts"
import type { Reason } from "./KafkaError.ts"
import type { Tally } from "./metrics.ts"
import type { PartitionQueue } from "./PartitionQueue.ts"
import { OffsetOutOfRange } from "./reasons.ts"
import { Signal } from "./Signal.ts"

export interface PrefetchOptions {
  readonly isolation: Isolation
  readonly maxBufferBytes: number
  readonly onLostData: "fail" | "earliest" | "latest"
}

/** A request asks for so much at most, and of each partition for so much. A larger batch of records comes nevertheless. */
const responseBytes = 16 * 1024 * 1024
const partitionBytes = 4 * 1024 * 1024

/** How long a broker may hold back an answer where other partitions might get room meanwhile. */
const shortWaitMillis = 20

/** The leader is another one, or is being chosen, or the topic is gone: whoever knows the topics has to look. */
const stale: ReadonlySet<string> = new Set([
  "NOT_LEADER_OR_FOLLOWER",
  "LEADER_NOT_AVAILABLE",
  "REPLICA_NOT_AVAILABLE",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "UNKNOWN_TOPIC_ID",
  "INCONSISTENT_TOPIC_ID",
  "OFFSET_NOT_AVAILABLE",
  "KAFKA_STORAGE_ERROR"
])

const placeOf = ({ partition, topicId }: { readonly topicId: string; readonly partition: number }) => `${partition}:${topicId}`

export class Prefetch {
  /** Told when something came, or went wrong. */
  readonly arrived = new Signal()
  /** Told when there is room, or another partition. */
  readonly room = new Signal()
  /** Told when what is known of the topics is out of date. */
  readonly outdated = new Signal()
  failure: Reason | undefined = undefined
  #queues: ReadonlyArray<PartitionQueue> = []
  #byPlace: ReadonlyMap<string, PartitionQueue> = new Map()
  readonly #nodes = new Set<number>()
  readonly #brokers: Brokers
  readonly #options: PrefetchOptions
  readonly #tally: Tally
  readonly #scope: Scope.Scope
  readonly #turns = new Map<number, number>()
  #defect: unknown = undefined

  constructor(brokers: Brokers, options: PrefetchOptions, tally: Tally, scope: Scope.Scope) {
    this.#brokers = brokers
    this.#options = options
    this.#tally = tally
    this.#scope = scope
  }

  get queues(): ReadonlyArray<PartitionQueue> {
    return this.#queues
  }

  get isFull(): boolean {
    return this.#queues.every((queue) => queue.isStuck || queue.bytes >= this.#share) || this.#bytes >= this.#options.maxBufferBytes
  }

  get #bytes(): number {
    return this.#queues.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** What one partition may hold, so that none keeps the others from coming. */
  get #share(): number {
    return Math.max(1, Math.floor(this.#options.maxBufferBytes / Math.max(1, this.#queues.length)))
  }

  /** From now on these partitions are read, and no others. */
  read(queues: ReadonlyArray<PartitionQueue>): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#queues = queues
      this.#byPlace = new Map(queues.map((queue) => [placeOf(queue), queue]))
      const fresh = [...new Set(queues.map(({ leader }) => leader))].filter((node) => node >= 0 && !this.#nodes.has(node))
      for (const node of fresh) this.#nodes.add(node)
      this.room.tell()
      return Effect.forEach(fresh, (node) =>
        Effect.forkIn(this.watched(this.#loop(node)), this.#scope), { discard: true })
    })
  }

  /** What goes on beside the reading: its failure is that of the reading, and a defect kills it. */
  watched(effect: Effect.Effect<unknown, Reason>): Effect.Effect<void> {
    return Effect.matchCause(effect, {
      onSuccess: () => {},
      onFailure: (cause) => {
        const failed = cause.reasons.find(Cause.isFailReason)
        if (failed !== undefined) return this.failNow(failed.error)
        const died = cause.reasons.find(Cause.isDieReason)
        if (died === undefined) return
        this.#defect ??= died.defect
        this.arrived.tell()
      }
    })
  }

  /** Dies of what something beside it died of. */
  get sound(): Effect.Effect<void> {
    return Effect.suspend(() => this.#defect === undefined ? Effect.void : Effect.die(this.#defect))
  }

  failNow(reason: Reason): void {
    this.failure ??= reason
    this.arrived.tell()
  }

  /** Ends with the first failure. */
  get failed(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function*() {
      while (this.failure === undefined && this.#defect === undefined) yield* this.arrived.after(this.arrived.version)
    })
  }

  #loop(node: number): Effect.Effect<never, Reason> {
    return Effect.gen({ self: this }, function*() {
      for (;;) {
        const { version } = this.room
        const { isPartial, wanted } = this.#wanted(node)
        if (wanted.length === 0) {
          yield* this.room.after(version)
          continue
        }
        const response = yield* this.#brokers.fetch(wanted, {
          node,
          isolation: this.#options.isolation,
          maxWaitMillis: isPartial ? Math.min(shortWaitMillis, this.#brokers.waitMillis) : this.#brokers.waitMillis,
          maxBytes: responseBytes
        })
        yield* this.#accept(response, wanted)
      }
    })
  }

  /** What a broker is asked for. It begins with another partition each time: an answer may be full before the last one. */
  #wanted(node: number): { readonly wanted: ReadonlyArray<Wanted>; readonly isPartial: boolean } {
    const share = this.#share
    const room = this.#options.maxBufferBytes - this.#bytes
    const led = this.#queues.filter(({ isStuck, leader }) => leader === node && !isStuck)
    const open = room <= 0 ? [] : led.filter(({ bytes }) => bytes < share)
    // Of this broker alone: others that take turns in between would let it begin with the same one for ever.
    const turn = this.#turns.get(node) ?? 0
    this.#turns.set(node, turn + 1)
    const first = open.length === 0 ? 0 : turn % open.length
    const wanted = [...open.slice(first), ...open.slice(0, first)].map(({ bytes, fetchFrom, partition, topic, topicId }) => ({
      topic,
      topicId,
      partition,
      offset: fetchFrom,
      maxBytes: Math.min(partitionBytes, Math.max(1, share - bytes))
    }))
    return { wanted, isPartial: open.length < led.length }
  }

  #accept({ errorCode, partitions }: FetchResponse, wanted: ReadonlyArray<Wanted>): Effect.Effect<void, Reason> {
    return Effect.gen({ self: this }, function*() {
      if (errorCode !== 0) return yield* this.#brokers.problem(errorCode)
      let isOutdated = false
      const asked = new Map(wanted.map((each) => [placeOf(each), each.offset]))
      for (const fetched of partitions) {
        const place = placeOf(fetched)
        const queue = this.#byPlace.get(place)
        // Another one reads it now, or it was sent elsewhere while the answer was on its way.
        if (queue === undefined || queue.fetchFrom !== asked.get(place)) continue
        if (fetched.errorCode === 0) queue.add(fetched, this.#endOf(fetched))
        else if (this.#brokers.nameOf(fetched.errorCode) === "OFFSET_OUT_OF_RANGE") yield* this.#outOfRange(queue)
        else if (stale.has(this.#brokers.nameOf(fetched.errorCode))) isOutdated = true
        else return yield* this.#brokers.problem(fetched.errorCode)
      }
      this.arrived.tell()
      if (!isOutdated) return
      this.outdated.tell()
      yield* Effect.sleep("100 millis")
    })
  }

  #endOf({ highWatermark, lastStableOffset }: FetchedPartition): number {
    return this.#options.isolation === "read_committed" ? lastStableOffset : highWatermark
  }

  #outOfRange(queue: PartitionQueue): Effect.Effect<void, Reason> {
    const { fetchFrom: offset, partition, topic } = queue
    const { isolation, onLostData } = this.#options
    const boundary = (which: number) =>
      Effect.map(this.#brokers.offsets([{ topic, partition }], which, isolation), ([found = offset]) => found)
    return Effect.map(Effect.all([boundary(earliest), boundary(latest)]), ([first, last]) => {
      // Records may have come back meanwhile, as far as this is concerned: the next answer will tell.
      if (first <= offset && offset <= last) return
      const reason = new OffsetOutOfRange({ topic, partition, offset, earliest: first, latest: last })
      if (onLostData === "fail") return queue.stop(reason)
      const to = onLostData === "earliest" ? first : last
      this.#tally.lost(topic, Math.max(0, to - offset))
      queue.jump(to)
    })
  }
}
