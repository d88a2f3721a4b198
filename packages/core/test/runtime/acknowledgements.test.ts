/** Acknowledgements that fail: the batch is delivered whatever becomes of them. */
import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline, type PipelineEvent } from "@millrace/core"
import { Effect, Exit, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { block, blocksOf, pipelineOf, recording, tags } from "./fixtures.ts"

/** Runs a pipeline that is given three blocks at once, the second with this acknowledgement, and a fourth later. */
const withSecond = (acknowledge: Effect.Effect<void>, seconds: number) =>
  Effect.gen(function*() {
    const acknowledged: Array<string> = []
    const given = (record: string) => block([record], { acknowledge: Effect.sync(() => acknowledged.push(record)) })
    const stream = Stream.make(given("a"), { ...given("b"), acknowledge }, given("c")).pipe(
      Stream.concat(Stream.drain(Stream.fromEffect(Effect.sleep("1500 millis")))),
      Stream.concat(Stream.make(given("d"))),
      Stream.concat(Stream.never)
    )
    const { batches, output } = recording(DStream.fromReceiver(blocksOf("n", stream)))
    const running = yield* Pipeline.start(pipelineOf([output]))
    const events: Array<PipelineEvent> = []
    yield* Effect.forkChild(Stream.runForEach(running.events, (event) => Effect.sync(() => events.push(event))), {
      startImmediately: true
    })
    yield* TestClock.adjust(`${seconds} seconds`)
    const metrics = yield* running.metrics
    const stop = yield* Effect.forkChild(running.stop)
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(stop)
    return { acknowledged, batches, events, metrics, exit: yield* Effect.exit(running.awaitTermination()) }
  })

type Outcome = Effect.Success<ReturnType<typeof withSecond>>

/** The batch was completed once and never failed, the others were acknowledged, and the pipeline went on. */
const assertGoesOn = ({ acknowledged, batches, events, exit, metrics }: Outcome, error: string): void => {
  assert.deepStrictEqual(acknowledged, ["a", "c", "d"])
  assert.deepStrictEqual(batches.flatMap(({ items }) => items), ["a", "b", "c", "d"])
  const first = events.filter((event) => "batch" in event && event.batch.id === 1)
  assert.deepStrictEqual(tags(first), [
    "BatchSubmitted",
    "BatchStarted",
    "OutputStarted",
    "OutputCompleted",
    "BatchCompleted"
  ])
  const told = events.filter((event) => event._tag === "ReceiverError")
  assert.deepStrictEqual(told.map((event) => [event.receiver, event.error]), [["n", error]])
  assert.deepStrictEqual([metrics.receivers[0]?.lastError, metrics.receivers[0]?.restarts], [error, 0])
  assert.deepStrictEqual([metrics.completedBatches, metrics.failedBatches], [batches.length, 0])
  assert.deepStrictEqual(exit, Exit.succeed(true))
}

describe("an acknowledgement", () => {
  it.effect("that dies is told, and the others and the pipeline go on", () =>
    Effect.gen(function*() {
      assertGoesOn(yield* withSecond(Effect.die(new Error("connection lost")), 4), "Error: connection lost")
    }))

  it.effect("that is interrupted from inside is told too", () =>
    Effect.gen(function*() {
      const outcome = yield* withSecond(Effect.interrupt, 4)
      const told = outcome.events.find((event) => event._tag === "ReceiverError")
      assertGoesOn(outcome, told?.error ?? "nothing was told")
    }))

  it.effect("that is no effect is told too", () =>
    Effect.gen(function*() {
      const outcome = yield* withSecond(Promise.resolve() as unknown as Effect.Effect<void>, 4)
      assertGoesOn(outcome, "TypeError: the function gave a promise instead of an Effect")
    }))

  it.effect("that gives no answer holds the pipeline up for half a minute, then is told", () =>
    Effect.gen(function*() {
      const outcome = yield* withSecond(Effect.never, 40)
      assertGoesOn(outcome, "Error: no answer to an acknowledgement within 30 seconds")
    }))

  it.effect("that is slow is no part of the batch's processing delay", () =>
    Effect.gen(function*() {
      const { events } = yield* withSecond(Effect.sleep("10 seconds"), 20)
      const completed = events.find((event) => event._tag === "BatchCompleted")
      assert.strictEqual(completed?.delays.processingDelay, 0)
    }))

  it.effect("keeps no other receiver waiting, and all of a source that is gone hold the pipeline up for two times", () =>
    Effect.gen(function*() {
      const acknowledged: Array<readonly [string, number]> = []
      const at = (name: string) => Effect.clockWith((clock) => Effect.map(clock.currentTimeMillis, (now) => void acknowledged.push([name, now])))
      const later = Stream.concat(Stream.drain(Stream.fromEffect(Effect.sleep("2 seconds"))), Stream.never)
      const dead = Array.from({ length: 20 }, (_, n) => block([`dead ${n}`], { acknowledge: Effect.never }))
      const alive = ["a", "b"].map((name) => block([name], { acknowledge: at(name) }))
      const inputs = [dead, alive].map((blocks, lane) =>
        DStream.fromReceiver(blocksOf<string>(`lane ${lane}`, Stream.concat(Stream.fromIterable(blocks), later))))
      const { batches, output } = recording(DStream.unionAll(inputs))
      const running = yield* Pipeline.start(pipelineOf([output]))
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(acknowledged, [["a", 1000], ["b", 1000]])
      assert.deepStrictEqual([batches[1]?.time, batches[0]?.items.length], [61_000, 22])
      const stop = yield* Effect.forkChild(running.stop)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(stop)
    }))
})
