/** How much a receiver may give: its own limits, the pipeline's, and what per-batch receivers are asked for. */
import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline, Receiver } from "@millrace/core"
import { Data, Effect, Fiber, Metric, Option, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import { block, blocksOf, pipelineOf, recording, runFor } from "./fixtures.ts"

class Down extends Data.TaggedError("Down")<{}> {}

type Next = (request: Receiver.BatchRequest) => Effect.Effect<Option.Option<Receiver.Block<number>>, Down>

const perBatch = (next: Next, options: Partial<Receiver.Options> = {}) =>
  Receiver.perBatch<number, number, never, Down>({ ...options, name: "asked", open: () => Effect.succeed(next) })

describe("a per-batch receiver", () => {
  it.effect("is asked for the time that its batch gets, also after missed boundaries", () =>
    Effect.gen(function*() {
      const asked: Array<number> = []
      const receiver = perBatch(({ time }) => Effect.sync(() => (asked.push(time), Option.some(block([time])))))
      const taken: Array<readonly [number, ReadonlyArray<number>]> = []
      const output = DStream.foreachBatch(DStream.fromReceiver(receiver), "slow", ({ id, items, time }) => {
        taken.push([time, items])
        return id === 1 ? Effect.sleep("3500 millis") : Effect.void
      })
      yield* runFor(pipelineOf([output]), "6500 millis")
      assert.deepStrictEqual(asked.slice(0, 4), [1000, 4000, 5000, 6000])
      assert.deepStrictEqual(taken.slice(0, 4), [[1000, [1000]], [4000, [4000]], [5000, [5000]], [6000, [6000]]])
    }))

  it.effect("catches up in the batch after missed boundaries, and not in a later one", () =>
    Effect.gen(function*() {
      const sizes: Array<number> = []
      const lines = DStream.fromReceiver(Receiver.rate({ name: "r", rowsPerSecond: 100 }))
      const output = DStream.foreachBatch(lines, "slow", ({ id, items }) => {
        sizes.push(items.length)
        return id === 1 ? Effect.sleep("3500 millis") : Effect.void
      })
      yield* runFor(pipelineOf([output]), "6500 millis")
      assert.deepStrictEqual(sizes.slice(0, 4), [100, 300, 100, 100])
    }))

  for (const [interval, seconds] of [["10 millis", 5], ["1 second", 20], ["7 seconds", 70]] as const) {
    it.effect(`is held to its maxRate by batches of ${interval}`, () =>
      Effect.gen(function*() {
        const receiver = Receiver.rate({ name: "r", rowsPerSecond: 100_000, maxRate: 10 })
        const { batches, output } = recording(DStream.fromReceiver(receiver))
        const running = yield* Pipeline.start(pipelineOf([output], { batchInterval: interval }))
        yield* TestClock.adjust(`${seconds} seconds`)
        yield* running.stop
        const records = batches.reduce((sum, { items }) => sum + items.length, 0)
        assert.approximately(records, seconds * 10, 1)
      }))
  }

  const failures: Record<string, { readonly open: () => Effect.Effect<Next, Down> }> = {
    "that cannot be opened": { open: () => Effect.fail(new Down()) },
    "that fails when asked": { open: () => Effect.succeed(() => Effect.fail(new Down())) },
    "that throws when asked": {
      open: () =>
        Effect.succeed(() => {
          throw new Down()
        })
    },
    "that answers with a wrong block": {
      open: () => Effect.succeed(() => Effect.succeedSome(block([1], { records: NaN })))
    },
    "that answers with no effect": {
      open: () => Effect.succeed(() => undefined as unknown as ReturnType<Next>)
    }
  }
  for (const [which, { open }] of Object.entries(failures)) {
    it.effect(`${which} does not hold up the batches of other receivers while it backs off`, () =>
      Effect.gen(function*() {
        const restart = Schedule.spaced("1 hour")
        const down = Receiver.perBatch<number, number, never, Down>({ name: "down", restart, open })
        const steady = blocksOf("steady", Stream.repeat(Stream.make(block([1])), Schedule.spaced("250 millis")))
        const outputs = [down, steady].map((receiver) => recording(DStream.fromReceiver(receiver), receiver.name))
        const running = yield* Pipeline.start(pipelineOf(outputs.map(({ output }) => output)))
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(outputs[1]?.batches.map(({ time }) => time / 1000), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        yield* running.stop
      }))
  }

  it.effect("is asked again once it has been opened again", () =>
    Effect.gen(function*() {
      let opened = 0
      const receiver = Receiver.perBatch<number, number, never, Down>({
        name: "n",
        restart: Schedule.spaced("2500 millis"),
        open: () =>
          Effect.sync((): Next => {
            opened++
            return () => {
              if (opened === 1) throw new Down()
              return Effect.succeedSome(block([opened]))
            }
          })
      })
      const { batches, output } = recording(DStream.fromReceiver(receiver))
      const running = yield* Pipeline.start(pipelineOf([output]))
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(batches.map(({ items }) => items), [[], [], [], [2], [2]])
      yield* running.stop
    }))
})

describe("initialRate", () => {
  const inMemory = (options: { readonly initialRate?: number }) => ({
    push: Receiver.push<number, never, never>({ name: "n", ...options }, () => Effect.never),
    fromStream: Receiver.fromStream({ name: "n", ...options }, Stream.never),
    fromIterable: Receiver.fromIterable({ name: "n", ...options }, [1, 2, 3]),
    rate: Receiver.rate({ name: "n", ...options })
  })
  const rateOf = (receiver: Receiver.Receiver<unknown, unknown>, options: Partial<Pipeline.Options>) =>
    Effect.scoped(Effect.gen(function*() {
      const running = yield* Pipeline.start(pipelineOf([recording(DStream.fromReceiver(receiver)).output], options))
      return (yield* running.metrics).receivers[0]?.rateLimit
    }))

  for (const kind of ["push", "fromStream", "fromIterable", "rate"] as const) {
    it.effect(`of the pipeline holds for ${kind}, the receiver's own before it, and no limit without either`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* rateOf(inMemory({})[kind], { initialRate: 10 }), 10)
        assert.strictEqual(yield* rateOf(inMemory({ initialRate: 25 })[kind], { initialRate: 10 }), 25)
        assert.strictEqual(yield* rateOf(inMemory({})[kind], {}), Infinity)
      }))
  }

  it.effect("holds what is in memory back from the first batch on", () =>
    Effect.gen(function*() {
      const receiver = Receiver.fromStream({ name: "n" }, Stream.rechunk(Stream.range(1, 1000), 1))
      const { batches, output } = recording(DStream.fromReceiver(receiver))
      yield* runFor(pipelineOf([output], { initialRate: 10, backpressure: false }), "1 second")
      assert.approximately(batches[0]?.items.length ?? 0, 10, 2)
    }))
})

describe("the idle time of a receiver", () => {
  it.effect("counts from the start when it never gave anything", () =>
    Effect.gen(function*() {
      const { output } = recording(DStream.fromReceiver(blocksOf("silent", Stream.never)))
      const pipeline = Pipeline.make("idle from the start", { batchInterval: "1 second", outputs: [output] })
      const fiber = yield* Effect.forkChild(Pipeline.run(pipeline, { batches: 10 }))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      const idle = (yield* Metric.snapshot).find(({ attributes, id }) =>
        id === "millrace_receiver_idle_seconds" && attributes?.["pipeline"] === "idle from the start")
      assert.deepStrictEqual(idle?.state, { value: 10 })
    }))
})
