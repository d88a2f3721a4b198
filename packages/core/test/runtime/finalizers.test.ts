/** Finalizers that hang, finalizers that still have something to deliver, and drains that are given up. */
import { assert, describe, it } from "@effect/vitest"
import { type Batch, BatchSink, DStream, Pipeline, Receiver } from "@millrace/core"
import { type Duration, Effect, Exit, Fiber, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { block, blocksOf, errorOf, Fatal, nowOf, pipelineOf, recording, settle } from "./fixtures.ts"

const hangs = Effect.addFinalizer(() => Effect.never)

/** A receiver that gives one block and never finishes closing. */
const neverCloses = () =>
  Receiver.make<number, number, never, never, Scope.Scope>({
    name: "stuck",
    open: () => Effect.as(hangs, Stream.concat(Stream.make(block([1])), Stream.never))
  })

const neverClosingSink = (commit: (batch: Batch.Batch<number>) => void) =>
  BatchSink.fromOpen({
    commitClass: "AtLeastOnce",
    open: () =>
      Effect.as(hangs, {
        lastCommitted: Effect.succeedNone,
        commit: (batch: Batch.Batch<number>) => Effect.sync(() => commit(batch))
      })
  })

const limits = { drainTimeout: "4 seconds" } as const

/** Starts, stops after half a second, and gives what became of the stop and of the run by `time` after that. */
const stopped = <E>(pipeline: Pipeline.Pipeline<E>, time: Duration.Input) =>
  Effect.gen(function*() {
    const running = yield* Pipeline.start(pipeline)
    yield* TestClock.adjust("500 millis")
    const stop = yield* Effect.forkChild(running.stop, { startImmediately: true })
    yield* settle
    yield* TestClock.adjust(time)
    return { stop: stop.pollUnsafe(), run: yield* nowOf(running.awaitTermination()) }
  })

describe("a finalizer that hangs", () => {
  it.effect("of a receiver does not keep back what was received, and the stop returns with DrainTimedOut", () =>
    Effect.gen(function*() {
      const { batches, output } = recording(DStream.fromReceiver(neverCloses()))
      const { run, stop } = yield* stopped(pipelineOf([output], limits), "5 seconds")
      assert.deepStrictEqual(batches.flatMap(({ items }) => items), [1])
      assert.deepStrictEqual(stop, Exit.void)
      assert.strictEqual(errorOf(run).reason._tag, "DrainTimedOut")
    }))

  it.effect("of a sink does not hold up the stop beyond drainTimeout and a second", () =>
    Effect.gen(function*() {
      const items: Array<number> = []
      const sink = neverClosingSink((batch) => items.push(...batch.items))
      const input = DStream.fromReceiver(blocksOf("n", Stream.concat(Stream.make(block([1])), Stream.never)))
      const { run, stop } = yield* stopped(pipelineOf([DStream.to(input, "out", sink)], limits), "5 seconds")
      assert.deepStrictEqual([items, stop], [[1], Exit.void])
      assert.strictEqual(errorOf(run).reason._tag, "DrainTimedOut")
    }))

  it.effect("of a receiver does not hold back the failure of another one, nor what was received", () =>
    Effect.gen(function*() {
      const broken = blocksOf<number, Fatal>("broken", Stream.drain(Stream.fromEffect(Effect.andThen(
        Effect.sleep("100 millis"),
        Effect.fail(new Fatal({ message: "gone" }))
      ))))
      const receivers: ReadonlyArray<Receiver.Receiver<number, Fatal>> = [neverCloses(), broken]
      const outputs = receivers.map((one) => recording(DStream.fromReceiver(one), one.name))
      const running = yield* Pipeline.start(pipelineOf(outputs.map(({ output }) => output), limits))
      yield* TestClock.adjust("10 seconds")
      const { reason } = errorOf(yield* nowOf(running.awaitTermination()))
      assert(reason._tag === "ReceiverFailed")
      assert.strictEqual(reason.receiver, "broken")
      assert.deepStrictEqual(outputs[0]?.batches.flatMap(({ items }) => items), [1])
    }))

  it.effect("of a receiver does not hold back the failure of an output", () =>
    Effect.gen(function*() {
      const output = DStream.foreachBatch(DStream.fromReceiver(neverCloses()), "out", () =>
        Effect.fail(new Fatal({ message: "disk full" })))
      const running = yield* Pipeline.start(pipelineOf([output], limits))
      yield* TestClock.adjust("10 seconds")
      assert.include(errorOf(yield* nowOf(running.awaitTermination())).message, "disk full")
    }))

  it.effect("of a receiver does not hold back the end after the asked number of batches: it is told", () =>
    Effect.gen(function*() {
      const { batches, output } = recording(DStream.fromReceiver(neverCloses()))
      const fiber = yield* Effect.forkChild(Pipeline.run(pipelineOf([output], limits), { batches: 1 }))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(errorOf(fiber.pollUnsafe()).reason._tag, "DrainTimedOut")
      assert.deepStrictEqual(batches.map(({ items }) => items), [[1]])
    }))
})

describe("Receiver.push", () => {
  const delivered = (body: (push: Receiver.Push<number>) => Effect.Effect<unknown, never, Scope.Scope>, options = {}) =>
    Effect.gen(function*() {
      const receiver = Receiver.push({ name: "n", ...options }, body)
      const { batches, output } = recording(DStream.fromReceiver(receiver))
      const { run, stop } = yield* stopped(pipelineOf([output], { batchInterval: "1 hour" }), 0)
      assert.deepStrictEqual([stop, run], [Exit.void, Exit.succeed(true)])
      return batches.flatMap(({ items }) => items)
    })

  it.effect("delivers at a stop what it stored and the rate did not let through", () =>
    Effect.gen(function*() {
      const numbers = Array.from({ length: 50 }, (_, n) => n)
      const items = yield* delivered(({ store }) =>
        Effect.forEach(numbers, (n) => Effect.andThen(store([n]), Effect.sleep("1 millis"))).pipe(
          Effect.andThen(Effect.never)
        ), { maxRate: 1 })
      assert.deepStrictEqual(items, numbers)
    }))

  it.effect("delivers at a stop what the body's finalizer stores, after the rest", () =>
    Effect.gen(function*() {
      const items = yield* delivered(({ store }) =>
        Effect.addFinalizer(() => store([2])).pipe(
          Effect.andThen(store([1])),
          Effect.andThen(Effect.never)
        ))
      assert.deepStrictEqual(items, [1, 2])
    }))

  it.effect("has room for what the finalizer stores when it is full", () =>
    Effect.gen(function*() {
      const items = yield* delivered(({ store, storeUnsafe }) =>
        Effect.sleep("100 millis").pipe(
          Effect.andThen(Effect.addFinalizer(() => store([4]))),
          Effect.andThen(Effect.sync(() => [1, 2, 3].forEach((n) => storeUnsafe([n])))),
          Effect.andThen(Effect.forever(Effect.andThen(Effect.sleep("1 millis"), store([5])), { disableYield: true }))
        ), { capacity: 3, maxRate: 1 })
      assert.deepStrictEqual([items.slice(0, 3), items.at(-1)], [[1, 2, 3], 4])
    }))

  it.effect("delivers what the finalizer of a body that has returned stores", () =>
    Effect.gen(function*() {
      const items = yield* delivered(({ store, storeUnsafe }) =>
        Effect.map(Effect.addFinalizer(() => store([2])), () => storeUnsafe([1])))
      assert.deepStrictEqual(items, [1, 2])
    }))
})

describe("DrainTimedOut", () => {
  it.effect("says the timeout, the batch that was running, and the records that were waiting", () =>
    Effect.gen(function*() {
      const stream = Stream.make(block([1])).pipe(
        Stream.concat(Stream.drain(Stream.fromEffect(Effect.sleep("1200 millis")))),
        Stream.concat(Stream.make(block([2, 3]))),
        Stream.concat(Stream.never)
      )
      const output = DStream.foreachBatch(DStream.fromReceiver(blocksOf("n", stream)), "stuck", () => Effect.never)
      const running = yield* Pipeline.start(pipelineOf([output], limits))
      yield* TestClock.adjust("1500 millis")
      const stops = yield* Effect.forkChild(Effect.all([running.stop, running.stop], { concurrency: 2 }))
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.join(stops)
      assert.deepStrictEqual(errorOf(yield* nowOf(running.awaitTermination())).reason, {
        _tag: "DrainTimedOut",
        drainTimeoutMillis: 4000,
        batch: { id: 1, time: 1000 },
        waitingRecords: 2,
        fullDisk: undefined
      })
    }))

  it.effect("comes, after a second of grace, also where the output cannot be interrupted", () =>
    Effect.gen(function*() {
      const input = DStream.fromReceiver(blocksOf("n", Stream.concat(Stream.make(block([1])), Stream.never)))
      const output = DStream.foreachBatch(input, "stuck", () => Effect.uninterruptible(Effect.never))
      const { run, stop } = yield* stopped(pipelineOf([output], limits), "5 seconds")
      assert.deepStrictEqual(stop, Exit.void)
      assert.strictEqual(errorOf(run).reason._tag, "DrainTimedOut")
    }))

  for (const drainTimeout of ["Infinity", "30 days"] as const) {
    it.effect(`does not come from a drainTimeout of ${drainTimeout}`, () =>
      Effect.gen(function*() {
        const input = DStream.fromReceiver(blocksOf("n", Stream.concat(Stream.make(block([1])), Stream.never)))
        const { batches, output } = recording(input)
        const { run, stop } = yield* stopped(pipelineOf([output], { drainTimeout }), 0)
        assert.deepStrictEqual([stop, run], [Exit.void, Exit.succeed(true)])
        assert.deepStrictEqual(batches.map(({ items }) => items), [[1]])
      }))
  }

  it.effect("is refused a timeout below zero", () =>
    Effect.gen(function*() {
      const { output } = recording(DStream.fromReceiver(blocksOf("n", Stream.empty)))
      const exit = yield* Effect.exit(Pipeline.run(pipelineOf([output], { drainTimeout: "-1 seconds" })))
      assert.include(errorOf(exit).message, "drainTimeout: ")
    }))
})
