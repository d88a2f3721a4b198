/** Which partitions there are, and where each is read from. */
import * as Effect from "effect/Effect"
import { type Brokers, earliest, type Isolation, latest, type Place, type Topic } from "./Brokers.ts"
import type { Reason } from "./KafkaError.ts"
import type { Tally } from "./metrics.ts"
import type { Start, Topics } from "./Options.ts"
import { PartitionQueue, type Unpacking } from "./PartitionQueue.ts"
import type { Position } from "./Position.ts"
import { TopicReplaced } from "./reasons.ts"

/** A topic that was made a moment ago is not known everywhere yet. */
const tries = 5
const waitMillis = 100

/** `known` are those that were read so far. */
export const findTopics = (
  brokers: Pick<Brokers, "topics">,
  { topicPattern, topics }: Topics,
  known: ReadonlyArray<PartitionQueue> = []
): Effect.Effect<ReadonlyArray<Topic>, Reason> => {
  if (topics === undefined) {
    // Neither the start of a name nor a part of it will do; and a pattern with a memory forgets it.
    const whole = new RegExp(`^(?:${topicPattern.source})$`, topicPattern.flags.replace(/[gy]/g, ""))
    return Effect.flatMap(brokers.topics(undefined), (all) => {
      const found = all.filter(({ name }) => whole.test(name))
      const missing = new Set(known.map(({ topic }) => topic).filter((topic) => whole.test(topic)))
      for (const { name } of found) missing.delete(name)
      return Effect.map(Effect.forEach(missing, (name) => stillThere(brokers, name)), (left) => [...found, ...left.flat()].sort(byName))
    })
  }
  const look = (left: number): Effect.Effect<ReadonlyArray<Topic>, Reason> =>
    Effect.catch(brokers.topics(topics), (reason) =>
      left > 1 && (reason._tag === "UnknownTopic" || reason._tag === "Unavailable")
        ? Effect.andThen(Effect.sleep(waitMillis), () => look(left - 1))
        : Effect.fail(reason))
  return Effect.map(look(tries), (found) => [...found].sort(byName))
}

/** Who may not see a topic is not told of it: taken for deleted, it would be begun anew when it can be seen again. */
const stillThere = (brokers: Pick<Brokers, "topics">, topic: string): Effect.Effect<ReadonlyArray<Topic>, Reason> =>
  Effect.catchTag(brokers.topics([topic]), "UnknownTopic", () => Effect.succeed([]))

const byName = (left: Topic, right: Topic): number => left.name < right.name ? -1 : 1

export interface Reading {
  readonly isolation: Isolation
  readonly onLostData: "fail" | "earliest" | "latest"
  readonly unpacking: Unpacking
  readonly tally: Tally
}

/** A partition without a place yet. */
interface Fresh extends Place {
  readonly topicId: string
}

/**
 * The queues of all partitions, in the order of topics and numbers: those that are there already, and for the others new
 * ones, at `start` where that is given, else at their beginning: they are newer than what was read before.
 */
export const queuesOf = (
  brokers: Brokers,
  topics: ReadonlyArray<Topic>,
  known: ReadonlyArray<PartitionQueue>,
  start: Start | undefined,
  reading: Reading
): Effect.Effect<ReadonlyArray<PartitionQueue>, Reason> =>
  Effect.gen(function*() {
    const there = new Map<string, PartitionQueue>()
    for (const queue of known) there.set(`${queue.topicId}:${queue.partition}`, queue)
    const all = topics.flatMap(({ id, leaders, name }) => leaders.map((_, partition) => ({ topic: name, topicId: id, partition })))
    const replaced = yield* replacedBy(topics, known, reading)
    const fresh = all.filter(({ partition, topicId }) => !there.has(`${topicId}:${partition}`))
    for (const [places, from] of [
      [fresh.filter(({ topicId }) => !replaced.has(topicId)), start ?? "earliest"],
      [fresh.filter(({ topicId }) => replaced.has(topicId)), reading.onLostData === "latest" ? "latest" : "earliest"]
    ] as const) {
      const offsets = yield* startsOf(brokers, places, from, reading.isolation)
      places.forEach(({ partition, topic, topicId }, index) => {
        const origin = offsets[index] ?? 0
        there.set(`${topicId}:${partition}`, new PartitionQueue({ topic, topicId, partition }, { origin, next: origin }, reading.unpacking))
      })
    }
    // Those of a position have none either.
    yield* markEnds(brokers, all.filter(({ partition, topicId }) => there.get(`${topicId}:${partition}`)?.end === 0), there, reading.isolation)
    return topics.flatMap(({ id, leaders }) =>
      leaders.flatMap((leader, partition) => {
        const queue = there.get(`${id}:${partition}`)
        if (queue !== undefined) queue.leader = leader
        return queue ?? []
      })
    )
  })

/** The ids of topics that stand where others stood that were read. */
const replacedBy = (
  topics: ReadonlyArray<Topic>,
  known: ReadonlyArray<PartitionQueue>,
  { onLostData, tally }: Reading
): Effect.Effect<ReadonlySet<string>, Reason> =>
  Effect.gen(function*() {
    const replaced = new Set<string>()
    for (const { id, name } of topics) {
      const before = known.filter((queue) => queue.topic === name && queue.topicId !== id)
      const [first] = before
      if (first === undefined) continue
      if (onLostData === "fail") return yield* new TopicReplaced({ topic: name, id: first.topicId, newId: id })
      // As far as is known: nobody can say any more what else was in it.
      tally.lost(name, before.reduce((sum, { lag }) => sum + lag, 0))
      replaced.add(id)
    }
    return replaced
  })

/** Where each partition begins. */
const startsOf = (
  brokers: Brokers,
  places: ReadonlyArray<Fresh>,
  start: Start,
  isolation: Isolation
): Effect.Effect<ReadonlyArray<number>, Reason> => {
  if (places.length === 0) return Effect.succeed([])
  if (typeof start === "string") return brokers.offsets(places, start === "earliest" ? earliest : latest, isolation)
  if ("timestamp" in start) {
    return Effect.map(
      Effect.all([brokers.offsets(places, start.timestamp, isolation), brokers.offsets(places, latest, isolation)]),
      ([found, ends]) => found.map((offset, index) => offset < 0 ? ends[index] ?? 0 : offset)
    )
  }
  return Effect.map(brokers.offsets(places, earliest, isolation), (firsts) =>
    places.map(({ partition, topic }, index) => start.offsets[topic]?.[partition] ?? firsts[index] ?? 0))
}

/** So that the first batch knows what there is. */
export const markEnds = (
  brokers: Brokers,
  places: ReadonlyArray<Fresh>,
  queues: ReadonlyMap<string, PartitionQueue>,
  isolation: Isolation
): Effect.Effect<void, Reason> =>
  places.length === 0 ? Effect.void : Effect.map(brokers.offsets(places, latest, isolation), (ends) => {
    places.forEach(({ partition, topicId }, index) => {
      const queue = queues.get(`${topicId}:${partition}`)
      if (queue !== undefined) queue.end = ends[index] ?? 0
    })
  })

/** The queues that a position stands for. */
export const restored = (position: Position, unpacking: Unpacking): ReadonlyArray<PartitionQueue> =>
  Object.entries(position.topics).flatMap(([topic, { id, partitions }]) =>
    partitions.map(([origin, _from, next], partition) =>
      new PartitionQueue({ topic, topicId: id, partition }, { origin, next }, unpacking)))
