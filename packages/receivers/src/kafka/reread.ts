/** The records of a batch once more: the same ranges of offsets, the same records in the same order. */
import type { Receiver } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { type Brokers, openBrokers } from "./Brokers.ts"
import { maxBufferBytesDefault, readingOf } from "./direct.ts"
import { KafkaConnection } from "./KafkaConnection.ts"
import { KafkaError, type Reason } from "./KafkaError.ts"
import { noTally } from "./metrics.ts"
import type { DirectOptions } from "./Options.ts"
import { PartitionQueue } from "./PartitionQueue.ts"
import { type OffsetRange, type Position, rangesOf } from "./Position.ts"
import { Prefetch } from "./Prefetch.ts"
import type { RawRecord } from "./RawRecord.ts"
import { TopicReplaced } from "./reasons.ts"
import type { Taken } from "./recordBatch.ts"

type Options = DirectOptions<unknown, unknown>

export const reread = (
  options: Options,
  { after, until }: Receiver.Range<Position>
): Effect.Effect<ReadonlyArray<RawRecord>, KafkaError, KafkaConnection | Scope.Scope> => {
  const ranges = rangesOf(Option.getOrUndefined(after), until)
  return ranges.length === 0
    ? Effect.succeed([])
    : Effect.mapError(readRanges(options, ranges), (reason) => new KafkaError({ receiver: options.name, reason }))
}

const readRanges = (options: Options, ranges: ReadonlyArray<OffsetRange>) =>
  Effect.gen(function*() {
    const connection = yield* KafkaConnection
    const brokers = yield* openBrokers(connection.options)
    const reading = readingOf(options, brokers, noTally)
    const leaders = yield* leadersOf(brokers, ranges)
    const queues = ranges.map(({ from, partition, topic, topicId }, index) => {
      const queue = new PartitionQueue({ topic, topicId, partition }, { origin: from, next: from }, reading.unpacking)
      queue.leader = leaders[index] ?? -1
      return queue
    })
    const maxBufferBytes = options.maxBufferBytes ?? maxBufferBytesDefault
    // What was lost since cannot be made up for: the batch was computed of it.
    const prefetch = new Prefetch(brokers, { ...reading, onLostData: "fail", maxBufferBytes }, noTally, yield* Effect.scope)
    const pending = queues.map((queue, index): Pending => ({ queue, until: ranges[index]?.until ?? 0, taken: { records: [], bytes: 0 } }))
    yield* drain(prefetch, pending)
    return pending.flatMap(({ taken }) => taken.records)
  })

interface Pending {
  readonly queue: PartitionQueue
  readonly until: number
  readonly taken: Taken
}

/** All up to `until`, as it comes: what one partition holds back would leave no room for another. */
const drain = (prefetch: Prefetch, pending: ReadonlyArray<Pending>): Effect.Effect<void, Reason> =>
  Effect.gen(function*() {
    let left = pending
    yield* prefetch.read(left.map(({ queue }) => queue))
    for (;;) {
      yield* prefetch.sound
      const { version } = prefetch.arrived
      for (const { queue, taken, until } of left) queue.take(until, taken)
      const open = left.filter(({ queue, until }) => queue.next < until)
      if (open.length === 0) return
      const failure = open.find(({ queue }) => queue.trouble !== undefined)?.queue.trouble ?? prefetch.failure
      if (failure !== undefined) return yield* failure
      // What was read of the others beyond their end counts no more.
      if (open.length < left.length) yield* prefetch.read(open.map(({ queue }) => queue))
      left = open
      prefetch.room.tell()
      yield* prefetch.arrived.after(version)
    }
  })

/** Of a topic that is not the same any more nothing can be read again. */
const leadersOf = (brokers: Brokers, ranges: ReadonlyArray<OffsetRange>): Effect.Effect<ReadonlyArray<number>, Reason> =>
  Effect.gen(function*() {
    const topics = yield* brokers.topics([...new Set(ranges.map(({ topic }) => topic))])
    const leaders: Array<number> = []
    for (const { partition, topic, topicId } of ranges) {
      const found = topics.find(({ name }) => name === topic)
      if (found !== undefined && found.id !== topicId) {
        return yield* new TopicReplaced({ topic, id: topicId, newId: found.id })
      }
      leaders.push(found?.leaders[partition] ?? -1)
    }
    return leaders
  })
