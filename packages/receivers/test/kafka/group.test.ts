import { assert, describe, it } from "@effect/vitest"
import type { Receiver } from "@millrace/core"
import { CheckpointStore, Pipeline } from "@millrace/core"
import * as Kafka from "@millrace/receivers/Kafka"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { afterAll } from "vitest"
import { connection, counted, freshName, isMissing, Kit, url } from "./broker.ts"
import { decoded } from "./reading.ts"
import { pipelineOf, until } from "./running.ts"

const kit = new Kit(url)
afterAll(() => kit.close())

const live = it.live.skipIf(isMissing)

type Options = Kafka.GroupOptions<Uint8Array, string>

const optionsOf = (topic: string, groupId: string, more: Partial<Options> = {}): Options => ({
  name: freshName("member"),
  topics: [topic],
  groupId,
  value: Kafka.string,
  // So the heartbeats, by which a member hears of a rebalance, are a second apart.
  sessionTimeout: "3 seconds",
  ...more
})

/** A member that is read by hand, and what `each` does with a block and its values. */
const member = (options: Options, each: (values: ReadonlyArray<string>, block: Receiver.Block<unknown, unknown>) => Effect.Effect<void>) =>
  Effect.scoped(Effect.gen(function*() {
    const receiver = Kafka.subscribe(options)
    if (receiver.source._tag !== "Stream") throw new Error("it is a stream")
    const stream = yield* receiver.source.open(Option.none())
    yield* Stream.runForEach(stream, (block) =>
      each(decoded(receiver, block.payload).map(({ value }) => value ?? ""), block))
  }))

const acknowledged = ({ acknowledge = Effect.void }: Receiver.Block<unknown, unknown>) => acknowledge

const partitions = 6
const each = 500

const filled = Effect.promise(async () => {
  const topic = await kit.topic("group", partitions)
  for (let partition = 0; partition < partitions; partition++) {
    await kit.send(topic, Array.from({ length: each }, (_, index) => `${partition}:${index}`), partition)
  }
  return topic
})

const all = () =>
  Array.from({ length: partitions * each }, (_, index) => `${index % partitions}:${Math.floor(index / partitions)}`).toSorted()

describe("Kafka.subscribe", () => {
  live("divides the partitions among pipelines that come and go, in the middle of their batches, and gives each record once", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("group", partitions))
      const groupId = freshName("group")
      const kept = { one: new Array<string>(), two: new Array<string>() }
      const started = (name: "one" | "two") =>
        Pipeline.start(pipelineOf(
          freshName(name),
          Kafka.subscribe(optionsOf(topic, groupId)),
          (items) => Effect.sync(() => kept[name].push(...items.map(({ value }) => value ?? "")))
        )).pipe(Effect.provide(Layer.fresh(CheckpointStore.layerMemory)))
      const sent: Array<string> = []
      const sending = yield* Effect.forkChild(Effect.forever(Effect.andThen(Effect.sleep("5 millis"), Effect.promise(async () => {
        const partition = sent.length / 50 % partitions
        const values = Array.from({ length: 50 }, (_, index) => `${sent.length + index}`)
        sent.push(...values)
        await kit.send(topic, values, partition)
      }))))
      const one = yield* started("one")
      yield* until("the first records", () => kept.one.length > 0)
      const two = yield* started("two")
      yield* until("records of the second", () => kept.two.length > 0)
      yield* one.stop
      const left = kept.one.length
      const then = sent.length
      yield* until("records of all partitions for the second", () => kept.two.some((value) => Number(value) > then + 500))
      yield* Fiber.interrupt(sending)
      yield* until("all records", () => kept.one.length + kept.two.length >= sent.length)
      yield* two.stop
      assert.strictEqual(kept.one.length, left)
      const numbers = [...kept.one, ...kept.two].map(Number).toSorted((left, right) => left - right)
      assert.deepStrictEqual(numbers, sent.map(Number))
    }).pipe(Effect.provide(connection)), 40_000)

  live("sends what was not acknowledged to the new owner, and loses nothing", () =>
    Effect.gen(function*() {
      const topic = yield* filled
      const groupId = freshName("group")
      const name = freshName("slow")
      const slow: Array<string> = []
      // It acknowledges the first block alone.
      let safe: ReadonlySet<string> | undefined = undefined
      const first = yield* Effect.forkChild(member(optionsOf(topic, groupId, { name, drainTimeout: "100 millis" }), (values, block) => {
        slow.push(...values)
        if (safe !== undefined) return Effect.void
        safe = new Set(values)
        return acknowledged(block)
      }))
      yield* until("the records of the first", () => slow.length >= partitions * each)
      const fast: Array<string> = []
      const second = yield* Effect.forkChild(member(optionsOf(topic, groupId), (values, block) => {
        fast.push(...values)
        return acknowledged(block)
      }))
      yield* until("records of the second", () => fast.length > 0)
      yield* Fiber.interrupt(first)
      const open = all().filter((value) => safe?.has(value) === false)
      yield* until("the rest", () => new Set(fast).size >= open.length)
      yield* Fiber.interrupt(second)
      assert.deepStrictEqual([...new Set(fast)].toSorted(), open)
      assert.isAtLeast(yield* counted("revoked_blocks_total", name), 1)
    }).pipe(Effect.provide(connection)), 40_000)

  live("commits up to the first block that is not acknowledged, whatever came after it", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("order"))
      const values = Array.from({ length: 10_000 }, (_, index) => String(index))
      yield* Effect.promise(() => kit.send(topic, values))
      const groupId = freshName("group")
      const read = (skip: number) =>
        Effect.gen(function*() {
          const found: Array<string> = []
          let blocks = 0
          const reading = yield* Effect.forkChild(member(optionsOf(topic, groupId, { drainTimeout: "100 millis" }), (values, block) => {
            found.push(...values)
            return blocks++ === skip ? Effect.void : acknowledged(block)
          }))
          yield* until("the last record", () => found.at(-1) === "9999")
          yield* Fiber.interrupt(reading)
          return found
        })
      assert.strictEqual((yield* read(2)).length, 10_000)
      const again = yield* read(-1)
      assert.deepStrictEqual(again, values.slice(4_000))
    }).pipe(Effect.provide(connection)))

  live("writes down where it began, so that the next one misses nothing that came before anything was handed over", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("latest"))
      yield* Effect.promise(() => kit.send(topic, ["old"]))
      const groupId = freshName("group")
      const found: Array<string> = []
      const reading = Effect.forkChild(member(optionsOf(topic, groupId, { start: "latest" }), (values, block) => {
        found.push(...values)
        return acknowledged(block)
      }))
      const first = yield* reading
      const offset = Effect.promise(async () => {
        const groups = await kit.admin.listConsumerGroupOffsets({ groups: [groupId] }).catch(() => [])
        return Number(groups[0]?.topics[0]?.partitions[0]?.committedOffset ?? -1)
      })
      for (let tries = 0; tries < 200 && (yield* offset) < 0; tries++) yield* Effect.sleep("20 millis")
      yield* Fiber.interrupt(first)
      yield* Effect.promise(() => kit.send(topic, ["between"]))
      const second = yield* reading
      yield* until("what came between", () => found.length > 0)
      yield* Fiber.interrupt(second)
      assert.deepStrictEqual(found, ["between"])
    }).pipe(Effect.provide(connection)))

  live("begins where it is told to where the group has nothing, and reads partitions that are added", () =>
    Effect.gen(function*() {
      const topic = yield* Effect.promise(() => kit.topic("added"))
      yield* Effect.promise(() => kit.send(topic, ["old"]))
      const found: Array<string> = []
      const options = optionsOf(topic, freshName("group"), { start: "latest", discoveryInterval: "100 millis", groupInstanceId: "one" })
      const reading = yield* Effect.forkChild(member(options, (values, block) => {
        found.push(...values)
        return acknowledged(block)
      }))
      for (let n = 0; found.length === 0 && n < 100; n++) {
        yield* Effect.promise(() => kit.send(topic, [`new ${n}`]))
        yield* Effect.sleep("50 millis")
      }
      assert.notInclude(found, "old")
      yield* Effect.promise(() => kit.admin.createPartitions({ topics: [{ name: topic, count: 2, assignments: [{ brokerIds: [1] }] }] }))
      yield* until("a record of the new partition", () => {
        void kit.produceAt(topic, "added", 1).catch(() => {})
        return found.includes("added")
      })
      yield* Fiber.interrupt(reading)
    }).pipe(Effect.provide(connection)))
})
