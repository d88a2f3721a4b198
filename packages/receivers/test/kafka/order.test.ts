/** What decides which records come, and in which order, where no broker is needed to say so. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Brokers } from "../../src/kafka/Brokers.ts"
import { GroupReader } from "../../src/kafka/GroupReader.ts"
import { noTally } from "../../src/kafka/metrics.ts"
import { PartitionQueue } from "../../src/kafka/PartitionQueue.ts"
import { rangesOf } from "../../src/kafka/Position.ts"
import { Prefetch } from "../../src/kafka/Prefetch.ts"
import { NotAllowed, UnknownTopic } from "../../src/kafka/reasons.ts"
import { findTopics } from "../../src/kafka/topology.ts"

const unpacking = {
  decompress: (_compression: number, packed: Buffer) => packed,
  checkCrcs: true,
  maxRecordBytes: 1_000,
  maxUnpackedBytes: 1_000
}

describe("the ranges between two positions", () => {
  it("are in the order of names, though an object has names that are numbers first", () => {
    const topic = (id: string) => ({ id, partitions: [[0, 0, 5] as const] })
    const until = { block: 2, topics: { "9": topic("c"), "10": topic("a"), "10a": topic("b") } }
    assert.deepStrictEqual(rangesOf(undefined, until).map(({ topic }) => topic), ["10", "10a", "9"])
  })
})

describe("what a member of a group hands over", () => {
  it("is nothing from when it is told to join again until it has another assignment", () => {
    const reader = new GroupReader(noTally)
    const assignment = { memberId: "m", generation: 1, isLeader: false, partitions: [] }
    reader.assigned(assignment)
    reader.begin([])
    assert.isFalse(reader.isHolding)
    reader.hold()
    // What was still on its way of the assignment before.
    reader.begin([])
    assert.isTrue(reader.isHolding)
    reader.assigned({ ...assignment, generation: 2 })
    assert.isTrue(reader.isHolding)
    reader.begin([])
    assert.isFalse(reader.isHolding)
  })
})

describe("topics of a pattern", () => {
  it.effect("that are not told of are asked for, and forgotten only where they are gone", () =>
    Effect.gen(function*() {
      const topic = (name: string) => ({ name, id: `id of ${name}`, leaders: [1] })
      const reasons = { gone: new UnknownTopic({ topic: "gone" }), hidden: new NotAllowed({ code: "TOPIC_AUTHORIZATION_FAILED" }) }
      const brokers: Pick<Brokers, "topics"> = {
        topics: (names) =>
          names === undefined
            ? Effect.succeed([topic("here"), topic("other")])
            : names[0] === "gone" || names[0] === "hidden" ? Effect.fail(reasons[names[0]]) : Effect.succeed(names.map(topic))
      }
      const known = (names: ReadonlyArray<string>) =>
        names.map((name) => new PartitionQueue({ topic: name, topicId: `id of ${name}`, partition: 0 }, { origin: 0, next: 7 }, unpacking))
      const find = (names: ReadonlyArray<string>) => findTopics(brokers, { topicPattern: /here|late|gone|hidden/ }, known(names))
      const found = yield* find(["here", "late", "gone", "never"])
      assert.deepStrictEqual(found.map(({ name }) => name), ["here", "late"])
      assert.deepStrictEqual(yield* Effect.flip(find(["here", "hidden"])), reasons.hidden)
    }))
})

describe("fetching ahead", () => {
  it.live("begins with each partition of a broker in turn, though other brokers are asked in between", () =>
    Effect.scoped(Effect.gen(function*() {
      const first = new Map([[1, new Array<number>()], [2, new Array<number>()]])
      const brokers: Brokers = {
        topics: () => Effect.never,
        offsets: () => Effect.never,
        fetch: ([wanted], { node }) =>
          Effect.suspend(() => {
            const found = first.get(node)
            found?.push(wanted?.partition ?? -1)
            return (found?.length ?? 0) > 4 ? Effect.never : Effect.as(Effect.sleep("2 millis"), { errorCode: 0, partitions: [] })
          }),
        problem: () => {
          throw new Error("none is expected")
        },
        waitMillis: 1,
        nameOf: String,
        decompress: unpacking.decompress
      }
      const options = { isolation: "read_committed", maxBufferBytes: 1_000, onLostData: "fail" } as const
      const prefetch = new Prefetch(brokers, options, noTally, yield* Effect.scope)
      yield* prefetch.read([0, 1, 2, 3].map((partition) => {
        const queue = new PartitionQueue({ topic: "t", topicId: "id", partition }, { origin: 0, next: 0 }, unpacking)
        queue.leader = 1 + partition % 2
        return queue
      }))
      for (let tries = 0; tries < 500 && [...first.values()].some(({ length }) => length < 5); tries++) yield* Effect.sleep("5 millis")
      assert.deepStrictEqual([...first.values()], [[0, 2, 0, 2, 0], [1, 3, 1, 3, 1]])
    })))
})
