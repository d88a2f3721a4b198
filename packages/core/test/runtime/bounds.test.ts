/** What may wait between receivers and batches, and what is told when it is too much. */
import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline, type PipelineEvent, Receiver } from "@millrace/core"
import { Array as Arr, Effect, Fiber, Option, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Inbox } from "../../src/runtime/Inbox.ts"
import { block, blocksOf, errorOf, pipelineOf, recording, runFor, settle, tags } from "./fixtures.ts"

const parts = <A, E>(receiver: Receiver.Receiver<A, E>) => recording(DStream.fromReceiver(receiver))

/** Blocks without an end and without a pause, and how many of them were pulled. */
const flood = <A>(make: (n: number) => Receiver.Block<A>, most = Infinity) => {
  const pulled = { blocks: 0 }
  const pull = Effect.suspend(() => pulled.blocks < most ? Effect.succeed(Arr.of(make(++pulled.blocks))) : Effect.never)
  return { pulled, receiver: blocksOf<A>("flood", Stream.fromPull(Effect.succeed(pull))) }
}

describe("BufferFull", () => {
  it.effect("is told of a block that finds no room, not of one that waits behind it, and once", () =>
    Effect.gen(function*() {
      const told: Array<number> = []
      const inbox = new Inbox({ lanes: 3, maxRecords: 10, maxBytes: Infinity, onFull: (lane) => told.push(lane) })
      const offer = (lane: number, records: number) => {
        const blocked = inbox.offer(lane, block(Array.from({ length: records }, () => lane)))
        return Effect.forkChild(blocked, { startImmediately: true })
      }
      yield* offer(0, 8)
      const fibers = [yield* offer(1, 5), yield* offer(2, 1), yield* offer(0, 7)]
      assert.deepStrictEqual(told, [1, 0])
      inbox.takeAll()
      assert.deepStrictEqual([told, inbox.suspended], [[1, 0], 1])
      inbox.takeAll()
      yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))
      assert.deepStrictEqual([told, inbox.suspended], [[1, 0], 0])
    }))

  it.effect("comes once a batch from a flood of small blocks, and pushes no batch out of a subscriber's window", () =>
    Effect.gen(function*() {
      const { receiver } = flood((n) => block([n]), 10_500)
      const { batches, output } = parts(receiver)
      const running = yield* Pipeline.start(pipelineOf([output], { buffer: { records: 2000 }, backpressure: false }))
      const events: Array<PipelineEvent> = []
      const late = Stream.runForEach(Stream.rechunk(running.events, 1), (event) => {
        events.push(event)
        return events.length === 1 ? Effect.sleep("10 seconds") : Effect.void
      })
      yield* Effect.forkChild(late, { startImmediately: true })
      for (let second = 1; second <= 11; second++) {
        yield* settle
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(batches.slice(0, 6).map(({ items }) => items.length), [2000, 2000, 2000, 2000, 2000, 500])
      const completed = events.flatMap((event) => event._tag === "BatchCompleted" ? [event.batch.id] : [])
      assert.deepStrictEqual(completed.slice(0, 6), [1, 2, 3, 4, 5, 6])
      assert.strictEqual(tags(events).filter((tag) => tag === "BufferFull").length, 5)
    }))
})

describe("a block of a wrong size", () => {
  const sizes = [NaN, -1, Infinity].flatMap((wrong) => [{ records: wrong }, { bytes: wrong }])
  const kinds: Record<string, (wrong: Receiver.Block<number>) => Receiver.Receiver<number>> = {
    "a receiver": (wrong) => blocksOf("meter", Stream.make(wrong), { restart: Schedule.recurs(0) }),
    "a per-batch receiver": (wrong) =>
      Receiver.perBatch<number, number>({
        name: "meter",
        restart: Schedule.recurs(0),
        open: () => Effect.succeed(() => Effect.succeedSome(wrong))
      })
  }
  for (const [kind, receiver] of Object.entries(kinds)) {
    for (const size of [...sizes, { records: 0.5 }]) {
      const wrong = block([1], size)
      it.effect(`of ${wrong.records} records and ${wrong.bytes} bytes is refused, and ${kind} blamed`, () =>
        Effect.gen(function*() {
          const { batches, output } = parts(receiver(wrong))
          const { exit } = yield* runFor(pipelineOf([output]), "3 seconds")
          const { message, reason } = errorOf(exit)
          assert.strictEqual(reason._tag, "ReceiverFailed")
          assert.include(
            message,
            `RangeError: Receiver "meter" handed over a block of ${wrong.records} records and ${wrong.bytes} bytes`
          )
          assert.deepStrictEqual(batches.flatMap(({ items }) => items), [])
        }))
    }
  }
})

describe("empty blocks", () => {
  const empty = block([])

  it.effect("are bounded: each is counted as 64 bytes", () =>
    Effect.gen(function*() {
      const { pulled, receiver } = flood(() => empty, 5000)
      const { output } = parts(receiver)
      const running = yield* Pipeline.start(pipelineOf([output], { buffer: { bytes: 6400 } }))
      yield* TestClock.adjust("500 millis")
      const { suspendedBlocks, waitingBytes, waitingRecords } = yield* running.metrics
      assert.deepStrictEqual({ suspendedBlocks, waitingBytes, waitingRecords }, {
        suspendedBlocks: 1,
        waitingBytes: 6400,
        waitingRecords: 0
      })
      assert.isAtMost(pulled.blocks, 102)
    }))

  it.effect("make no batch when their receiver ends", () =>
    Effect.gen(function*() {
      const { batches, output } = parts(blocksOf("n", Stream.make(empty, empty)))
      yield* Pipeline.run(pipelineOf([output]))
      assert.deepStrictEqual(batches, [])
    }))

  it.effect("are acknowledged all the same", () =>
    Effect.gen(function*() {
      let acknowledged = 0
      const acknowledge = Effect.sync(() => acknowledged++)
      const { output } = parts(blocksOf("n", Stream.make(block([], { acknowledge }))))
      yield* Pipeline.run(pipelineOf([output]))
      assert.strictEqual(acknowledged, 1)
    }))
})

describe("a number of batches", () => {
  for (const batches of [1, 2, 3]) {
    it.effect(`of ${batches} brings no empty ones when the receivers have ended before`, () =>
      Effect.gen(function*() {
        const { batches: taken, output } = parts(blocksOf("n", Stream.make(block([1]))))
        yield* Pipeline.run(pipelineOf([output]), { batches })
        assert.deepStrictEqual(taken.map(({ items }) => items), [[1]])
      }))
  }

  it.effect("is no number of tries: a receiver that ends without a record brings no batch at all", () =>
    Effect.gen(function*() {
      const { batches, output } = parts(blocksOf("n", Stream.empty))
      yield* Pipeline.run(pipelineOf([output]), { batches: 1 })
      assert.deepStrictEqual(batches, [])
    }))

  it.effect("brings no extra one when a per-batch receiver ends instead of answering", () =>
    Effect.gen(function*() {
      const receiver = Receiver.perBatch<number, number>({
        name: "n",
        open: () =>
          Effect.succeed(({ time }) => Effect.succeed(time > 2000 ? Option.none() : Option.some(block([time]))))
      })
      const { batches, output } = parts(receiver)
      const fiber = yield* Effect.forkChild(Pipeline.run(pipelineOf([output]), { batches: 3 }))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(batches.map(({ items }) => items), [[1000], [2000]])
    }))
})
