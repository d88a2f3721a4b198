import { BatchSink, CheckpointStore, DStream, Pipeline, Receiver } from "@millrace/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Queue, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"

describe("what hangs", () => {
  it.effect("a receiver that hands over nothing for its idleTimeout is opened again", () =>
    Effect.gen(function*() {
      let opened = 0
      const seen: Array<number> = []
      const receiver = Receiver.make<number>({
        name: "hangs",
        idleTimeout: "10 seconds",
        open: () =>
          Effect.sync(() => {
            const n = ++opened
            return Stream.concat(Stream.succeed({ payload: [n], records: 1, bytes: 1 }), Stream.never)
          })
      })
      const output = DStream.foreachBatch(DStream.fromReceiver(receiver), "seen", ({ items }) =>
        Effect.sync(() => seen.push(...items)))
      const pipeline = Pipeline.make("p", {
        batchInterval: "1 second",
        restart: Schedule.spaced("1 second"),
        outputs: [output]
      })
      const fiber = yield* Effect.forkChild(Pipeline.run(pipeline, { batches: 30 }))
      for (let second = 0; second < 30; second++) yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      // Every ten seconds, and one until it is tried again.
      assert.deepStrictEqual(seen, [1, 2, 3])
    }))

  it.effect("time that a block waits for room is not idleness", () =>
    Effect.gen(function*() {
      let opened = 0
      const queue = yield* Queue.unbounded<number>()
      yield* Queue.offerAll(queue, [1, 2, 3])
      const receiver = Receiver.make({
        name: "waits",
        idleTimeout: "3 seconds",
        open: () => {
          opened++
          return Effect.succeed(Stream.map(Stream.fromQueue(queue), (n) => ({ payload: [n], records: 1, bytes: 1 })))
        }
      })
      const output = DStream.foreachBatch(DStream.fromReceiver(receiver), "slow", () => Effect.sleep("20 seconds"))
      const pipeline = Pipeline.make("p", { batchInterval: "1 second", buffer: { records: 1 }, outputs: [output] })
      const fiber = yield* Effect.forkChild(Pipeline.run(pipeline, { batches: 2 }))
      for (let second = 0; second < 25; second++) yield* TestClock.adjust("1 second")
      assert.strictEqual(opened, 1)
      yield* Fiber.interrupt(fiber).pipe(Effect.forkChild)
      yield* TestClock.adjust("1 minute")
    }))

  it.effect("a sink that takes longer than the commitTimeout gets the batch again", () =>
    Effect.gen(function*() {
      let tries = 0
      const sink = BatchSink.make((_: { readonly items: ReadonlyArray<number> }) =>
        Effect.suspend(() => ++tries === 1 ? Effect.never : Effect.void))
      const pipeline = Pipeline.make("p", {
        batchInterval: "1 second",
        commitTimeout: "5 seconds",
        outputs: [DStream.to(DStream.fromIterable({ name: "numbers" }, [1]), "hangs", sink)]
      })
      const fiber = yield* Effect.forkChild(Effect.provide(Pipeline.run(pipeline), CheckpointStore.layerMemory))
      for (let second = 0; second < 10; second++) yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.strictEqual(tries, 2)
    }))
})
