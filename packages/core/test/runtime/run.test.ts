import { assert, describe, it } from "@effect/vitest"
import { Batch, DStream, Pipeline } from "@millrace/core"
import { Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { recording, runFor, scripted, tags } from "./fixtures.ts"

describe("the loop", () => {
  it.effect("cuts a batch at every boundary, empty ones included, with ids from 1 and times on the boundaries", () =>
    Effect.gen(function*() {
      const receiver = scripted<string>("words", [[
        { wait: "300 millis" },
        { give: ["a", "b"] },
        { wait: "500 millis" },
        { give: ["c"] },
        { wait: "1500 millis" },
        { give: ["d"] },
        { wait: "1 hour" }
      ]])
      const { batches, output } = recording(DStream.fromReceiver(receiver))
      const pipeline = Pipeline.make("p", { batchInterval: "1 second", outputs: [output] })
      const { exit } = yield* runFor(pipeline, "4 seconds")
      assert.deepStrictEqual(exit, Exit.succeed(true))
      assert.deepStrictEqual(batches, [
        Batch.make(1, 1000, ["a", "b", "c"]),
        Batch.make(2, 2000, []),
        Batch.make(3, 3000, ["d"]),
        Batch.make(4, 4000, [])
      ])
    }))

  it.effect("runs an hour of one-second batches", () =>
    Effect.gen(function*() {
      const receiver = scripted<number>("ticks", [[{ wait: "2 hours" }]])
      const { batches, output } = recording(DStream.fromReceiver(receiver))
      yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "1 hour")
      assert.strictEqual(batches.length, 3600)
      assert.strictEqual(batches.at(-1)?.time, 3_600_000)
    }))

  it.effect("gives boundaries that passed while a batch was slow to one batch, and counts them", () =>
    Effect.gen(function*() {
      const receiver = scripted<number>("n", [[{ give: [1] }, { wait: "1800 millis" }, { give: [2] }, { wait: "1 hour" }]])
      const seen: Array<Batch.Batch<number>> = []
      const output = DStream.foreachBatch(DStream.fromReceiver(receiver), "slow", (batch) => {
        seen.push(batch)
        return batch.id === 1 ? Effect.sleep("3500 millis") : Effect.void
      })
      const { events } = yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "6 seconds")
      assert.deepStrictEqual(seen.map(({ id, time, items }) => [id, time, items]), [
        [1, 1000, [1]],
        [2, 4000, [2]],
        [3, 5000, []],
        [4, 6000, []]
      ])
      const submitted = events.filter((event) => event._tag === "BatchSubmitted")
      assert.deepStrictEqual(submitted.map((event) => event.batch.missedBoundaries), [0, 2, 0, 0])
      const completed = events.filter((event) => event._tag === "BatchCompleted")
      assert.deepStrictEqual(completed[0]?.delays, { schedulingDelay: 0, processingDelay: 3500, totalDelay: 3500 })
      assert.deepStrictEqual(completed[1]?.delays.schedulingDelay, 2500)
    }))

  it.effect("ends when all receivers have ended, at once and with all they gave", () =>
    Effect.gen(function*() {
      const { batches, output } = recording(DStream.fromReceiver(scripted<number>("n", [[{ give: [1, 2] }, { give: [3] }]])))
      const fiber = yield* Effect.forkChild(Pipeline.run(Pipeline.make("p", { batchInterval: "1 minute", outputs: [output] })))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(batches, [Batch.make(1, 60_000, [1, 2, 3])])
    }))

  it.effect("ends after the asked number of batches, the last of which holds all that was received", () =>
    Effect.gen(function*() {
      const acts = Array.from({ length: 100 }, (_, n) => [{ give: [n] }, { wait: "300 millis" as const }]).flat()
      const { batches, output } = recording(DStream.fromReceiver(scripted<number>("n", [acts])))
      const pipeline = Pipeline.make("p", { batchInterval: "1 second", outputs: [output] })
      const fiber = yield* Effect.forkChild(Pipeline.run(pipeline, { batches: 2 }))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(batches.map((batch) => batch.items), [[0, 1, 2, 3], [4, 5, 6]])
    }))

  it.effect("tells the life of a batch in order", () =>
    Effect.gen(function*() {
      const { output } = recording(DStream.fromReceiver(scripted<number>("n", [[{ give: [1] }, { wait: "1 hour" }]])))
      const { events } = yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "1 second")
      assert.deepStrictEqual(tags(events), [
        "PipelineStarted",
        "ReceiverStarted",
        "BatchSubmitted",
        "BatchStarted",
        "OutputStarted",
        "OutputCompleted",
        "BatchCompleted",
        "ReceiverStopped",
        "PipelineStopped"
      ])
    }))
})
