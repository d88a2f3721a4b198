/** A member of a consumer group, as a stream of blocks that are acknowledged. */
import type { Receiver } from "@millrace/core"
import * as Arr from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Brokers, earliest, latest, openBrokers } from "./Brokers.ts"
import { invalidGroup } from "./checked.ts"
import { type Coordinator, openCoordinator } from "./Coordinator.ts"
import { maxBufferBytesDefault, readingOf } from "./direct.ts"
import { type Fresh, GroupReader } from "./GroupReader.ts"
import { KafkaConnection } from "./KafkaConnection.ts"
import { KafkaError, type Reason } from "./KafkaError.ts"
import { joinGroup, type Member } from "./Member.ts"
import { makeTally } from "./metrics.ts"
import type { GroupOptions } from "./Options.ts"
import { PartitionQueue } from "./PartitionQueue.ts"
import { Prefetch } from "./Prefetch.ts"
import type { RawRecord } from "./RawRecord.ts"
import { OffsetOutOfRange, TopicReplaced } from "./reasons.ts"
import { findTopics, type Reading } from "./topology.ts"

type Options = GroupOptions<unknown, unknown>
type Block = Receiver.Block<RawRecord>

/** All that a member works with. */
interface Open {
  readonly options: Options
  readonly brokers: Brokers
  readonly reader: GroupReader
  readonly prefetch: Prefetch
  readonly reading: Reading
}

const millisOf = (duration: Duration.Input | undefined, otherwise: Duration.Input): number =>
  Duration.toMillis(Duration.fromInputUnsafe(duration ?? otherwise))

export const openGroup = (
  options: Options
): Effect.Effect<Stream.Stream<Block, KafkaError>, KafkaError, KafkaConnection | Scope.Scope> => {
  const fail = (reason: Reason) => new KafkaError({ receiver: options.name, reason })
  return Effect.map(Effect.mapError(opened(options), fail), (next) =>
    Stream.fromPull(Effect.succeed(Effect.map(Effect.mapError(next, fail), (block) => Arr.of(block)))))
}

const opened = (options: Options) =>
  Effect.gen(function*() {
    const invalid = invalidGroup(options)
    if (invalid !== undefined) return yield* invalid
    const connection = (yield* KafkaConnection).options
    const tally = makeTally(options.name, yield* Effect.context())
    const brokers = yield* openBrokers(connection)
    const coordinator = yield* openCoordinator(connection, options.groupId)
    const reading = readingOf(options, brokers, tally)
    const scope = yield* Effect.scope
    const prefetch = new Prefetch(brokers, { ...reading, maxBufferBytes: options.maxBufferBytes ?? maxBufferBytesDefault }, tally, scope)
    const reader = new GroupReader(tally)
    const self: Open = { options, brokers, reader, prefetch, reading }
    yield* findTopics(brokers, options)
    const sessionMillis = millisOf(options.sessionTimeout, "45 seconds")
    const rebalanceMillis = millisOf(options.rebalanceTimeout, "60 seconds")
    const drainMillis = Math.min(millisOf(options.drainTimeout, "5 seconds"), sessionMillis / 2)
    const drain = draining(self, drainMillis)
    const runPromise = Effect.runPromiseWith(yield* Effect.context())
    const { groupId, groupInstanceId, topics } = options
    const member = yield* joinGroup(connection, { groupId, groupInstanceId, topics, sessionMillis, rebalanceMillis }, {
      leaving: () => runPromise(drain),
      assigned: (assignment) => reader.assigned(assignment),
      failed: (reason) => {
        prefetch.failNow(reason)
      }
    })
    const beside = (effect: Effect.Effect<never, Reason>) => Effect.forkScoped(prefetch.watched(effect))
    yield* beside(follow(self, member))
    yield* beside(watch(self, member))
    yield* beside(commit(self, coordinator))
    // Before the member leaves: what was handed over is committed while its partitions are still its own.
    yield* Effect.addFinalizer(() => prefetch.failure === undefined ? drain : Effect.void)
    return nextBlock(self)
  })

/** Hands over nothing more, and waits until what was handed over is committed, or for so long. */
const draining = ({ prefetch, reader }: Open, millis: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    reader.hold()
    return Effect.asVoid(Effect.timeoutOption(Effect.raceFirst(reader.drained, prefetch.failed), millis))
  })

const nextBlock = ({ prefetch, reader }: Open): Effect.Effect<Block, Reason> =>
  Effect.gen(function*() {
    for (;;) {
      yield* prefetch.sound
      const { version } = prefetch.arrived
      const block = reader.take()
      if (block !== undefined) {
        prefetch.room.tell()
        if (block.records > 0) return block
        continue
      }
      const failure = prefetch.failure ?? reader.queues.find(({ trouble }) => trouble !== undefined)?.trouble
      if (failure !== undefined) return yield* failure
      yield* prefetch.arrived.after(version)
    }
  })

/** Begins to read what the group assigns, where the group stands. */
const follow = (self: Open, member: Member): Effect.Effect<never, Reason> =>
  Effect.gen(function*() {
    const { brokers, options, prefetch, reader } = self
    for (let seen = -1;;) {
      yield* reader.changed.after(seen)
      seen = reader.changed.version
      const { assignment } = reader
      if (assignment === undefined) continue
      const topics = yield* findTopics(brokers, options)
      const missing = reader.missing(assignment)
      const fresh: Array<Fresh> = []
      const committed = missing.length === 0 ? () => -1 : yield* member.committed(missing)
      for (const { partitions, topic } of missing) {
        const found = topics.find(({ name }) => name === topic)
        if (found === undefined) continue
        for (const partition of partitions) {
          const known = committed(topic, partition)
          const next = yield* startOf(self, { topic, partition }, known)
          const queue = new PartitionQueue({ topic, topicId: found.id, partition }, { origin: next, next }, self.reading.unpacking)
          fresh.push({ queue, committed: known < 0 ? known : next })
        }
      }
      // The group may have been divided anew meanwhile; what was found then is nothing any more.
      if (reader.changed.version !== seen) continue
      reader.begin(fresh)
      for (const queue of reader.queues) queue.leader = topics.find(({ name }) => name === queue.topic)?.leaders[queue.partition] ?? -1
      yield* prefetch.read(reader.queues)
      prefetch.arrived.tell()
    }
  })

const startOf = (
  { brokers, options, reading }: Open,
  place: { readonly topic: string; readonly partition: number },
  committed: number
): Effect.Effect<number, Reason> =>
  Effect.gen(function*() {
    const ends = (which: number) => Effect.map(brokers.offsets([place], which, reading.isolation), ([offset = 0]) => offset)
    if (committed < 0) return yield* ends(options.start === "latest" ? latest : earliest)
    const first = yield* ends(earliest)
    if (committed >= first) return committed
    if (reading.onLostData === "fail") {
      return yield* new OffsetOutOfRange({ ...place, offset: committed, earliest: first, latest: yield* ends(latest) })
    }
    reading.tally.lost(place.topic, first - committed)
    return reading.onLostData === "earliest" ? first : yield* ends(latest)
  })

/** Looks for other leaders and topics, and as the leader of the group for more partitions. */
const watch = ({ brokers, options, prefetch, reader, reading }: Open, member: Member): Effect.Effect<never, Reason> =>
  Effect.gen(function*() {
    const counts = new Map<string, number>()
    for (;;) {
      const topics = yield* findTopics(brokers, options)
      for (const queue of reader.queues) {
        const found = topics.find(({ name }) => name === queue.topic)
        if (found === undefined || found.id === queue.topicId) {
          queue.leader = found?.leaders[queue.partition] ?? -1
        } else if (reading.onLostData === "fail") {
          return yield* new TopicReplaced({ topic: queue.topic, id: queue.topicId, newId: found.id })
        } else {
          reading.tally.lost(queue.topic, queue.lag)
          reader.end(reader.tenures.filter((tenure) => tenure.queue === queue))
          reader.changed.tell()
        }
      }
      yield* prefetch.read(reader.isHolding ? prefetch.queues : reader.queues)
      const hasMore = topics.some(({ leaders, name }) => leaders.length > (counts.get(name) ?? leaders.length))
      for (const { leaders, name } of topics) counts.set(name, leaders.length)
      if (hasMore && reader.assignment?.isLeader === true) yield* member.rejoin
      const interval = Duration.fromInputUnsafe(options.discoveryInterval ?? "30 seconds")
      yield* Effect.raceFirst(Effect.sleep(interval), prefetch.outdated.after(prefetch.outdated.version))
    }
  })

const lost: ReadonlySet<string> = new Set(["ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "FENCED_INSTANCE_ID", "FENCED_MEMBER_EPOCH"])

/** Tells the group what is safe, as soon as the answer to what it was told before is there. */
const commit = ({ reader }: Open, coordinator: Coordinator): Effect.Effect<never, Reason> =>
  Effect.gen(function*() {
    for (;;) {
      const { version } = reader.safe
      const { assignment } = reader
      const dirty = reader.tenures.filter(({ isDirty }) => isDirty)
      if (dirty.length === 0 || assignment === undefined) {
        yield* reader.safe.after(version)
        continue
      }
      const told = dirty.map((tenure) => ({ tenure, offset: tenure.safe }))
      const offsets = told.map(({ offset, tenure: { queue: { partition, topic } } }) => ({ topic, partition, offset }))
      const reason = yield* Effect.match(coordinator.commit(assignment, offsets), {
        onFailure: (reason) => reason,
        onSuccess: () => undefined
      })
      if (reason === undefined) {
        for (const { offset, tenure } of told) tenure.committed = Math.max(tenure.committed, offset)
        reader.settled.tell()
      } else if ("code" in reason && lost.has(reason.code)) {
        // Under another assignment than that of the answer they are tried again.
        if (reader.assignment === assignment) reader.end(reader.tenures)
      } else if (reason.isRetryable) {
        yield* coordinator.forget
        yield* Effect.sleep("100 millis")
      } else {
        return yield* reason
      }
    }
  })
