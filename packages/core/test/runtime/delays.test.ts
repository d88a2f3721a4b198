/** What is counted as waiting, and what as work, where a run has a checkpoint. */
import { CheckpointStore, DStream, Pipeline, type PipelineEvent } from "@millrace/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { blocksOf, pipelineOf } from "./fixtures.ts"

/** A checkpoint that takes so many seconds to be read. */
const slow = (seconds: number): Layer.Layer<CheckpointStore.CheckpointStore> =>
  Layer.effect(
    CheckpointStore.CheckpointStore,
    Effect.map(CheckpointStore.CheckpointStore, (store) =>
      CheckpointStore.CheckpointStore.of({
        ...store,
        claim: (pipeline, options) => Effect.delay(store.claim(pipeline, options), `${seconds} seconds`)
      }))
  ).pipe(Layer.provide(CheckpointStore.layerMemory))

/** The delays of batches, in seconds, of a pipeline whose output takes so many. */
const delaysOf = (outputSeconds: number, claimSeconds: number, options: Partial<Pipeline.Options> = {}) =>
  Effect.gen(function*() {
    const input = DStream.fromReceiver(blocksOf<string>("n", Stream.never))
    const output = DStream.foreachBatch(input, "out", () => Effect.sleep(`${outputSeconds} seconds`))
    const running = yield* Pipeline.start(pipelineOf([output], options))
    const events: Array<PipelineEvent> = []
    yield* Effect.forkChild(Stream.runForEach(running.events, (event) => Effect.sync(() => events.push(event))), {
      startImmediately: true
    })
    yield* TestClock.adjust("1 minute")
    const stop = yield* Effect.forkChild(running.stop)
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(stop)
    return events.flatMap((event) => event._tag === "BatchCompleted" ? [event.delays] : [])
  }).pipe(Effect.provide(slow(claimSeconds)))

describe("the delays of a batch", () => {
  it.effect("of which the first does not count what recovery took", () =>
    Effect.gen(function*() {
      const [first] = yield* delaysOf(0, 10)
      assert.deepStrictEqual(first, { schedulingDelay: 0, processingDelay: 0, totalDelay: 0 })
    }))

  it.effect("count the commits of batches before it as delay, and not as processing", () =>
    Effect.gen(function*() {
      const delays = yield* delaysOf(3, 0, { commitDepth: 4 })
      assert.isAbove(delays.length, 10)
      for (const { processingDelay } of delays) assert.strictEqual(processingDelay, 3000)
      assert.strictEqual(delays[3]!.totalDelay, 9000)
    }))
})
