/** Runs that end while something is wrong with their checkpoint: how soon, how often, and with which words. */
import { BatchSink, CheckpointError, CheckpointStore, DeadLetters, DStream, Pipeline, Receiver } from "@millrace/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Option, Schedule, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { decideRecovery } from "../../src/store/decideRecovery.ts"
import { breakable, type Breaks, written } from "./breakable.ts"
import { block, errorOf, pipelineOf } from "./fixtures.ts"

const none: Breaks = { syncs: 0, loses: false, verifies: 0 }

const given = written(Stream.concat(Stream.make(block(["a"])), Stream.never))

const toNowhere = DStream.foreachBatch(given, "out", () => Effect.void)

describe("a stop", () => {
  it.effect("while the journal waits to be tried again does not wait with it", () =>
    Effect.gen(function*() {
      const breaks: Breaks = { ...none, syncs: 100 }
      const restart = Schedule.spaced("1 hour")
      const running = yield* Effect.provide(Pipeline.start(pipelineOf([toNowhere], { restart, drainTimeout: "2 hours" })), breakable(breaks))
      yield* TestClock.adjust("5 seconds")
      const stop = yield* Effect.forkChild(running.stop, { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.isDefined(stop.pollUnsafe())
      assert.strictEqual(errorOf(yield* Effect.exit(running.awaitTermination())).reason._tag, "CheckpointFailed")
    }))

  it.effect("that waits for a full disk says so, and where that is", () =>
    Effect.gen(function*() {
      const breaks: Breaks = { ...none }
      const running = yield* Effect.provide(Pipeline.start(pipelineOf([toNowhere], { drainTimeout: "20 seconds" })), breakable(breaks))
      yield* TestClock.adjust("1500 millis")
      breaks.isFull = true
      yield* TestClock.adjust("3 seconds")
      const stop = yield* Effect.forkChild(running.stop, { startImmediately: true })
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(stop)
      const { message, reason } = errorOf(yield* Effect.exit(running.awaitTermination()))
      assert(reason._tag === "DrainTimedOut")
      assert.include(message, `The disk of the checkpoint in ${reason.fullDisk} is full. Make room on it`)
    }))
})

describe("the last snapshot of a run", () => {
  it.effect("that finds no room leaves the run as it was: it has ended, and is not run again", () =>
    Effect.gen(function*() {
      let [opened, tries] = [0, 0]
      const noRoom = new CheckpointError({
        pipeline: "p",
        path: "memory",
        reason: { _tag: "StoreFailed", operation: "writing a snapshot", cause: new Error("ENOSPC"), retryable: true }
      })
      const breaks: Breaks = { ...none, snapshot: () => (tries++, noRoom) }
      const rows = Receiver.make<string, string, never>({
        name: "n",
        delivery: "Acknowledged",
        initialRate: Infinity,
        chunk: Schema.String,
        open: () => Effect.sync(() => (opened++, Stream.make(block(["a"]))))
      })
      const output = DStream.foreachBatch(DStream.fromReceiver(rows), "out", () => Effect.void)
      const released = yield* Effect.gen(function*() {
        const run = yield* Effect.forkChild(Pipeline.run(pipelineOf([output])))
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(run)
        const store = yield* CheckpointStore.CheckpointStore
        return (yield* store.inspect("p")).records.at(-1)?.record._tag
      }).pipe(Effect.provide(breakable(breaks)))
      assert.deepStrictEqual([opened, tries, released], [1, 1, "Released"])
    }))
})

describe("processes that end because their journal fails", () => {
  it.live("say so to the next, which suspects no record", () =>
    Effect.gen(function*() {
      const breaks: Breaks = { ...none, loses: true }
      const seen: Array<string> = []
      const words = DStream.fromReceiver(Receiver.make<string, string, number>({
        name: "n",
        delivery: "Replayable",
        initialRate: Infinity,
        position: Schema.Int,
        open: (after) =>
          Effect.succeed(Option.isSome(after)
            ? Stream.empty
            : Stream.make({ payload: ["a", "b", "c"], records: 3, bytes: 3, resumeAfter: 3 })),
        reread: () => Effect.succeed(["a", "b", "c"])
      }))
      const output = DStream.to(words, "out", BatchSink.make((batch) => Effect.sync(() => seen.push(...batch.items))))
      const pipeline = Pipeline.make("p", { batchInterval: "10 millis", restart: Schedule.recurs(0), outputs: [output] })
      yield* Effect.gen(function*() {
        for (let process = 1; process <= 4; process++) {
          breaks.syncs = 1
          assert.isTrue(Exit.isFailure(yield* Effect.exit(Pipeline.run(pipeline))))
          const history = yield* (yield* CheckpointStore.CheckpointStore).inspect("p")
          const recovery = decideRecovery({ history, outputs: [] })
          assert(recovery._tag === "Success")
          assert.deepStrictEqual([recovery.success.dirtyStarts, recovery.success.attempted], [0, undefined])
        }
        yield* Pipeline.run(pipeline)
        assert.deepStrictEqual(yield* (yield* DeadLetters.DeadLetters).list("p"), [])
      }).pipe(Effect.provide(Layer.merge(breakable(breaks), DeadLetters.layerMemory)))
      assert.deepStrictEqual(seen, ["a", "b", "c"])
    }))
})
