import { DStream, Pipeline, Pipelines, Receiver } from "@millrace/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Queue } from "effect"

const endless = (name: string, into: Array<number>) =>
  Effect.map(Queue.unbounded<number>(), (queue) => ({
    queue,
    pipeline: Pipeline.make(name, {
      batchInterval: "10 millis",
      outputs: [
        DStream.foreachBatch(DStream.fromReceiver(Receiver.fromQueue({ name: "numbers" }, queue)), "into", ({ items }) =>
          Effect.sync(() => into.push(...items)))
      ]
    })
  }))

describe("Pipelines", () => {
  it.live("lists and finds what runs, and nothing that has ended", () =>
    Effect.gen(function*() {
      const pipelines = yield* Pipelines
      const { pipeline } = yield* endless("a", [])
      yield* pipelines.start(pipeline)
      assert.deepStrictEqual((yield* pipelines.list).map(({ name }) => name), ["a"])
      assert.isTrue(Option.isSome(yield* pipelines.find("a")))
      assert.isTrue(Option.isNone(yield* pipelines.find("b")))
      assert.isTrue(yield* pipelines.stop("a"))
      assert.isFalse(yield* pipelines.stop("a"))
      assert.deepStrictEqual(yield* pipelines.list, [])
    }).pipe(Effect.provide(Pipelines.layer)))

  it.live("refuses a second pipeline under a name", () =>
    Effect.gen(function*() {
      const pipelines = yield* Pipelines
      const { pipeline } = yield* endless("a", [])
      const [first, second] = yield* Effect.all(
        [Effect.exit(pipelines.start(pipeline)), Effect.flip(pipelines.start(pipeline))],
        { concurrency: 2 }
      )
      assert.strictEqual(first._tag, "Success")
      assert.strictEqual(second._tag, "AlreadyRunning")
    }).pipe(Effect.provide(Pipelines.layer)))

  it.live("drains the old pipeline before the new one begins", () =>
    Effect.gen(function*() {
      const pipelines = yield* Pipelines
      const into: Array<number> = []
      const old = yield* endless("a", into)
      const running = yield* pipelines.start(old.pipeline)
      yield* Queue.offerAll(old.queue, [1, 2])
      yield* Effect.repeat(Effect.andThen(Effect.yieldNow, Queue.size(old.queue)), { until: (size) => size === 0 })
      const young = yield* endless("a", into)
      yield* pipelines.replace(young.pipeline)
      assert.isTrue(yield* running.awaitTermination())
      assert.deepStrictEqual(into, [1, 2])
      assert.lengthOf(yield* pipelines.list, 1)
    }).pipe(Effect.provide(Pipelines.layer)))

  it.live("stops everything when its layer closes", () =>
    Effect.gen(function*() {
      const { pipeline } = yield* endless("a", [])
      const running = yield* Effect.provide(Effect.flatMap(Pipelines, (pipelines) => pipelines.start(pipeline)), Pipelines.layer)
      assert.isTrue(yield* running.awaitTermination("5 seconds"))
    }))
})
