/** Exact ranges of offsets, one of each partition for each batch. */
import type { Receiver } from "@millrace/core"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { type Brokers, openBrokers } from "./Brokers.ts"
import { invalidDirect } from "./checked.ts"
import { KafkaConnection } from "./KafkaConnection.ts"
import { KafkaError, type Reason } from "./KafkaError.ts"
import { makeTally, type Tally } from "./metrics.ts"
import type { DirectOptions, ReadOptions } from "./Options.ts"
import type { PartitionQueue } from "./PartitionQueue.ts"
import type { Position } from "./Position.ts"
import { Prefetch } from "./Prefetch.ts"
import type { RawRecord } from "./RawRecord.ts"
import type { Taken } from "./recordBatch.ts"
import { shareOut } from "./shareOut.ts"
import { findTopics, queuesOf, type Reading, restored } from "./topology.ts"

export type Block = Receiver.Block<RawRecord, Position>
type Options = DirectOptions<unknown, unknown>

export const maxRecordBytesDefault = 64 * 1024 * 1024
export const maxBufferBytesDefault = 64 * 1024 * 1024
export const maxUnpackedBytesDefault = 64 * 1024 * 1024

export const readingOf = (options: ReadOptions<unknown, unknown>, brokers: Brokers, tally: Tally): Reading => ({
  isolation: options.isolation ?? "read_committed",
  onLostData: options.onLostData ?? "fail",
  unpacking: {
    decompress: brokers.decompress,
    checkCrcs: options.checkCrcs ?? true,
    maxRecordBytes: options.maxRecordBytes ?? maxRecordBytesDefault,
    maxUnpackedBytes: options.maxUnpackedBytes ?? maxUnpackedBytesDefault
  },
  tally
})

/** Opens it, and gives what is asked for the block of each batch. */
export const openDirect = (
  options: Options,
  resumeAfter: Option.Option<Position>
): Effect.Effect<
  (request: Receiver.BatchRequest) => Effect.Effect<Option.Option<Block>, KafkaError>,
  KafkaError,
  KafkaConnection | Scope.Scope
> =>
  Effect.mapError(opened(options, resumeAfter), (reason) => new KafkaError({ receiver: options.name, reason }))

const opened = (options: Options, resumeAfter: Option.Option<Position>) =>
  Effect.gen(function*() {
    const invalid = invalidDirect(options)
    if (invalid !== undefined) return yield* invalid
    const connection = yield* KafkaConnection
    const tally = makeTally(options.name, yield* Effect.context())
    const brokers = yield* openBrokers(connection.options)
    const reading = readingOf(options, brokers, tally)
    const position = Option.getOrUndefined(resumeAfter)
    const known = position === undefined ? [] : restored(position, reading.unpacking)
    const topics = yield* findTopics(brokers, options, known)
    const queues = yield* queuesOf(brokers, topics, known, position === undefined ? options.start : undefined, reading)
    const prefetch = new Prefetch(
      brokers,
      { ...reading, maxBufferBytes: options.maxBufferBytes ?? maxBufferBytesDefault },
      tally,
      yield* Effect.scope
    )
    yield* prefetch.read(queues)
    yield* Effect.forkScoped(prefetch.watched(discover(options, brokers, prefetch, reading)))
    const batches = new Batches(options, prefetch, tally, position?.block ?? 0, yield* Clock.currentTimeMillis)
    return (request: Receiver.BatchRequest) => batches.next(request)
  })

/** Looks for other leaders, partitions and topics, from time to time and when a broker says so. */
const discover = (
  options: Options,
  brokers: Brokers,
  prefetch: Prefetch,
  reading: Reading
): Effect.Effect<never, Reason> =>
  Effect.gen(function*() {
    const interval = Duration.fromInputUnsafe(options.discoveryInterval ?? "30 seconds")
    for (;;) {
      const hasLeaders = prefetch.queues.every(({ leader }) => leader >= 0)
      yield* Effect.raceFirst(
        Effect.sleep(hasLeaders ? interval : Duration.millis(200)),
        prefetch.outdated.after(prefetch.outdated.version)
      )
      const looking = Effect.gen(function*() {
        const topics = yield* findTopics(brokers, options, prefetch.queues)
        yield* prefetch.read(yield* queuesOf(brokers, topics, prefetch.queues, undefined, reading))
      })
      // Whether the brokers can be reached is for those to find out who fetch.
      yield* Effect.catch(looking, (reason) =>
        reason.isRetryable ? Effect.andThen(Effect.sleep("200 millis"), Effect.sync(() => prefetch.outdated.tell())) : Effect.fail(reason))
    }
  })

/** So many records are cut out of their bytes at a stretch: a few milliseconds. */
const sliceRecords = 20_000

class Batches {
  readonly #options: Options
  readonly #prefetch: Prefetch
  readonly #tally: Tally
  #block: number
  #lastTime: number
  #isNew = true

  constructor(options: Options, prefetch: Prefetch, tally: Tally, block: number, openedAt: number) {
    this.#options = options
    this.#prefetch = prefetch
    this.#tally = tally
    this.#block = block
    this.#lastTime = openedAt
  }

  next({ maxRecords, time }: Receiver.BatchRequest): Effect.Effect<Option.Option<Block>, KafkaError> {
    return Effect.gen({ self: this }, function*() {
      yield* this.#prefetch.sound
      // What a block stopped before is told when the next one is asked for: others came with that one.
      const failure = this.#failure
      if (failure !== undefined) return yield* this.#failed(failure)
      const seconds = Math.max(0.001, (time - this.#lastTime) / 1000)
      this.#lastTime = Math.max(this.#lastTime, time)
      const { queues } = this.#prefetch
      const maxPerPartition = (this.#options.maxRatePerPartition ?? Infinity) * seconds
      const shares = shareOut(queues.map(({ lag }) => lag), { maxRecords, maxPerPartition })
      const untils = queues.map(({ next }, index) => next + (shares[index] ?? 0))
      if (!this.#isHere(queues, untils)) {
        yield* Effect.timeoutOption(this.#coming(queues, untils), this.#options.fetchTimeout ?? "500 millis")
      }
      // What was taken may not get lost with whoever asked.
      const block = yield* Effect.uninterruptible(this.#take(queues, untils))
      return block === undefined ? yield* this.#failed(this.#failure) : Option.some(block)
    })
  }

  get #failure(): Reason | undefined {
    return this.#prefetch.failure ?? this.#prefetch.queues.find(({ trouble }) => trouble !== undefined)?.trouble
  }

  #failed(reason: Reason | undefined): Effect.Effect<Option.Option<Block>, KafkaError> {
    return reason === undefined
      ? Effect.succeed(Option.some({ payload: [], records: 0, bytes: 0 }))
      : Effect.fail(new KafkaError({ receiver: this.#options.name, reason }))
  }

  #isHere(queues: ReadonlyArray<PartitionQueue>, untils: ReadonlyArray<number>): boolean {
    return queues.every(({ fetchFrom, isStuck }, index) => isStuck || fetchFrom >= (untils[index] ?? 0))
  }

  /** Waits until all came that the batch is to have, or as much as is fetched ahead. */
  #coming(queues: ReadonlyArray<PartitionQueue>, untils: ReadonlyArray<number>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function*() {
      const prefetch = this.#prefetch
      for (;;) {
        const { version } = prefetch.arrived
        if (prefetch.failure !== undefined || prefetch.isFull || this.#isHere(queues, untils)) return
        yield* prefetch.arrived.after(version)
      }
    })
  }

  /** Nothing where no partition moved, unless it is the first time: then where things stand is to be written down. */
  #take(queues: ReadonlyArray<PartitionQueue>, untils: ReadonlyArray<number>): Effect.Effect<Block | undefined> {
    return Effect.gen({ self: this }, function*() {
      const taken: Taken = { records: [], bytes: 0 }
      const froms = queues.map(({ next }) => next)
      for (const [index, queue] of queues.entries()) {
        const until = untils[index] ?? 0
        for (let from = -1; from < queue.next && queue.next < until;) {
          from = queue.next
          const before = taken.records.length
          queue.take(Math.min(until, from + sliceRecords), taken)
          // Heartbeats, timers and sockets get their turn.
          if (taken.records.length - before >= sliceRecords) yield* Effect.yieldNow
        }
        this.#tally.lag(queue.topic, queue.partition, queue.lag)
      }
      return this.#blockOf(queues, froms, taken)
    })
  }

  #blockOf(queues: ReadonlyArray<PartitionQueue>, froms: ReadonlyArray<number>, taken: Taken): Block | undefined {
    const { bytes, records } = taken
    if (!this.#isNew && queues.every(({ next }, index) => next === froms[index])) return undefined
    if (this.#isNew && records.length === 0 && this.#failure !== undefined) return undefined
    this.#isNew = false
    this.#prefetch.room.tell()
    this.#tally.took(records.length, bytes)
    return { payload: records, records: records.length, bytes, resumeAfter: this.#position(queues, froms) }
  }

  #position(queues: ReadonlyArray<PartitionQueue>, froms: ReadonlyArray<number>): Position {
    const topics = new Map<string, { readonly id: string; readonly partitions: Array<[number, number, number]> }>()
    queues.forEach(({ next, origin, partition, topic, topicId }, index) => {
      const entry = topics.get(topic) ?? { id: topicId, partitions: [] }
      topics.set(topic, entry)
      entry.partitions[partition] = [origin, froms[index] ?? next, next]
    })
    return { block: ++this.#block, topics: Object.fromEntries(topics) }
  }
}
