import { assert, describe, it } from "@effect/vitest"
import { Batch, DStream, Pipeline } from "@millrace/core"
import { Cause, Deferred, Effect, Exit, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { recording, scripted } from "./fixtures.ts"

const words = () => scripted<string>("words", [[{ give: ["a"] }, { wait: "300 millis" }, { give: ["b"] }, { wait: "1 hour" }]])

const recorded = () => {
  const { batches, output } = recording(DStream.fromReceiver(words()))
  return { batches, pipeline: Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }) }
}

const drained = [Batch.make(1, 1000, ["a", "b"])]

describe("a stop processes and delivers what was received", () => {
  it.effect("when it is asked for", () =>
    Effect.gen(function*() {
      const { batches, pipeline } = recorded()
      const running = yield* Pipeline.start(pipeline)
      yield* TestClock.adjust("500 millis")
      yield* running.stop
      assert.deepStrictEqual(batches, drained)
      assert.isTrue(yield* running.awaitTermination())
      yield* running.stop
      assert.deepStrictEqual(batches, drained)
    }))

  it.effect("when the scope closes", () =>
    Effect.gen(function*() {
      const { batches, pipeline } = recorded()
      yield* Effect.scoped(Effect.andThen(Pipeline.start(pipeline), TestClock.adjust("500 millis")))
      assert.deepStrictEqual(batches, drained)
    }))

  it.effect("when the run is interrupted", () =>
    Effect.gen(function*() {
      const { batches, pipeline } = recorded()
      const fiber = yield* Effect.forkChild(Pipeline.run(pipeline))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(batches, drained)
    }))

  it.effect("when the layer closes", () =>
    Effect.gen(function*() {
      const { batches, pipeline } = recorded()
      yield* Effect.scoped(Effect.andThen(Layer.build(Pipeline.layer(pipeline)), TestClock.adjust("500 millis")))
      assert.deepStrictEqual(batches, drained)
    }))

  it.effect("in the middle of a batch, which is finished first", () =>
    Effect.gen(function*() {
      const life: Array<string> = []
      const receiver = scripted<string>("words", [[
        { give: ["a"] },
        { wait: "1200 millis" },
        { give: ["b"] },
        { wait: "1 hour" }
      ]])
      const output = DStream.foreachBatch(DStream.fromReceiver(receiver), "slow", (batch) =>
        Effect.andThen(Effect.sleep("500 millis"), Effect.sync(() => life.push(`${batch.id} ${batch.items}`))))
      const running = yield* Pipeline.start(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }))
      yield* TestClock.adjust("1300 millis")
      const stop = yield* Effect.forkChild(running.stop)
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(stop)
      assert.deepStrictEqual(life, ["1 a", "2 b"])
    }))
})

describe("a drain that takes too long", () => {
  it.effect("is given up after drainTimeout with a typed error", () =>
    Effect.gen(function*() {
      const released = yield* Deferred.make<void>()
      const output = DStream.foreachBatch(DStream.fromReceiver(words()), "stuck", () =>
        Effect.onInterrupt(Effect.never, () => Deferred.succeed(released, undefined)))
      const pipeline = Pipeline.make("p", { batchInterval: "1 second", outputs: [output], drainTimeout: "3 seconds" })
      const running = yield* Pipeline.start(pipeline)
      yield* TestClock.adjust("1 second")
      const stop = yield* Effect.forkChild(running.stop)
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(stop)
      yield* Deferred.await(released)
      const exit = yield* Effect.exit(running.awaitTermination())
      assert(Exit.isFailure(exit))
      const error = exit.cause.reasons.find(Cause.isFailReason)?.error
      assert(error?.reason._tag === "DrainTimedOut")
      assert.strictEqual(
        error.message,
        `Pipeline "p" did not drain within 3000 ms: batch 1 was running and 0 records were waiting. Raise drainTimeout if the work needs longer`
      )
    }))
})

describe("awaitTermination", () => {
  it.effect("answers false when the timeout passes first, and the pipeline goes on", () =>
    Effect.gen(function*() {
      const { batches, pipeline } = recorded()
      const running = yield* Pipeline.start(pipeline)
      const waiting = yield* Effect.forkChild(running.awaitTermination("2 seconds"))
      yield* TestClock.adjust("3 seconds")
      assert.isFalse(yield* Fiber.join(waiting))
      assert.strictEqual(batches.length, 3)
    }))
})

describe("pipelines", () => {
  it.effect("run side by side, and one description any number of times", () =>
    Effect.gen(function*() {
      const { batches, output } = recording(DStream.fromReceiver(scripted<string>("words", [[{ give: ["a"] }, { wait: "1 hour" }]])))
      const pipeline = Pipeline.make("p", { batchInterval: "1 second", outputs: [output] })
      yield* Pipeline.start(pipeline)
      yield* Pipeline.start(pipeline)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(batches, [Batch.make(1, 1000, ["a"]), Batch.make(1, 1000, ["a"])])
    }))
})

describe("toStream", () => {
  it.effect("gives the batches and stops the pipeline when nobody pulls any more", () =>
    Effect.gen(function*() {
      const closed = yield* Deferred.make<void>()
      const receiver = scripted<string>("words", [[{ give: ["a"] }, { wait: "1 hour" }]], {
        onClose: () => Deferred.doneUnsafe(closed, Effect.void)
      })
      const stream = DStream.toStream(DStream.fromReceiver(receiver), { batchInterval: "1 second" })
      const fiber = yield* Effect.forkChild(Stream.runCollect(Stream.take(stream, 3)))
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).map(({ id, items }) => [id, items]), [[1, ["a"]], [2, []], [3, []]])
      yield* Deferred.await(closed)
    }))

  it.effect("ends when the receivers end, and fails with what the pipeline fails with", () =>
    Effect.gen(function*() {
      const ended = DStream.toStream(DStream.fromIterable({ name: "n" }, [1, 2]), { batchInterval: "1 second" })
      assert.deepStrictEqual((yield* Stream.runCollect(ended)).map((batch) => batch.items), [[1, 2]])
      const broken = DStream.toStream(DStream.mapEffect(DStream.fromIterable({ name: "n" }, [1]), () => Effect.fail("no")), {
        batchInterval: "1 second"
      })
      const error = yield* Effect.flip(Stream.runDrain(broken))
      assert.strictEqual(error.reason._tag, "StepFailed")
    }))
})
