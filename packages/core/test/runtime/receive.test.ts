import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline, type PipelineError, Receiver } from "@millrace/core"
import { Data, Deferred, Effect, Exit, Fiber, Option, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import { recording, runFor, scripted } from "./fixtures.ts"

class Broken extends Data.TaggedError("Broken")<{ readonly part: string; readonly isRetryable?: boolean }> {
  override get message() {
    return `${this.part} broke`
  }
}

const pipelineOf = <A, E>(receiver: Receiver.Receiver<A, E>, options: Partial<Pipeline.Options> = {}) => {
  const { batches, output } = recording(DStream.fromReceiver(receiver))
  return { batches, pipeline: Pipeline.make("p", { ...options, batchInterval: "1 second", outputs: [output] }) }
}

const failureOf = <A, E>(exit: Exit.Exit<A, PipelineError<E>>): PipelineError<E> => {
  if (Exit.isFailure(exit)) {
    const reason = exit.cause.reasons.find((reason) => reason._tag === "Fail")
    if (reason !== undefined) return reason.error
  }
  return assert.fail(`expected a failure, got ${exit}`)
}

describe("a supervised receiver", () => {
  it.effect("is opened again after a failure, from the position after the newest block that was taken", () =>
    Effect.gen(function*() {
      const positions: Array<Option.Option<number>> = []
      const receiver = scripted<number, Broken>("n", [
        [{ give: [1, 2] }, { fail: new Broken({ part: "wheel" }) }],
        [{ give: [3] }, { wait: "1 hour" }]
      ], { onOpen: (position) => positions.push(position) })
      const { batches, pipeline } = pipelineOf(receiver)
      const { events } = yield* runFor(pipeline, "2 seconds")
      assert.deepStrictEqual(batches.flatMap((batch) => batch.items), [1, 2, 3])
      assert.deepStrictEqual(positions, [Option.none(), Option.some(2)])
      const told = events.filter((event) => event._tag === "ReceiverError")
      assert.deepStrictEqual(told.map((event) => event.error), ["Broken: wheel broke"])
    }))

  it.effect("fails the pipeline with its cause when its policy ends, after what was received is processed", () =>
    Effect.gen(function*() {
      const receiver = scripted<number, Broken>("n", [
        [{ give: [1] }, { fail: new Broken({ part: "wheel" }) }],
        [{ fail: new Broken({ part: "axle" }) }]
      ], { restart: Schedule.recurs(2) })
      const { batches, pipeline } = pipelineOf(receiver)
      const { events, exit } = yield* runFor(pipeline, "5 seconds")
      const error = failureOf(exit)
      assert(error.reason._tag === "ReceiverFailed")
      assert.deepStrictEqual([error.reason.receiver, error.reason.attempts], ["n", 3])
      assert.strictEqual(error.message, `Pipeline "p" lost its receiver "n" after 3 tries: Broken: axle broke`)
      assert.deepStrictEqual(batches.map((batch) => batch.items), [[1]])
      assert.deepStrictEqual(events.filter((event) => event._tag === "ReceiverStopped").map((event) => event.why), ["failed"])
      const stopped = events.at(-1)
      assert(stopped?._tag === "PipelineStopped" && stopped.why === "failed")
    }))

  it.effect("is not opened again when its error says that it will never help", () =>
    Effect.gen(function*() {
      let opened = 0
      const receiver = scripted<number, Broken>("n", [[{ fail: new Broken({ part: "wheel", isRetryable: false }) }]], {
        onOpen: () => opened++
      })
      const { exit } = yield* runFor(pipelineOf(receiver).pipeline, "1 minute")
      assert.strictEqual(failureOf(exit).reason._tag, "ReceiverFailed")
      assert.strictEqual(opened, 1)
    }))

  it.effect("is opened again after a defect too", () =>
    Effect.gen(function*() {
      const receiver = scripted<number>("n", [[{ die: new TypeError("oops") }], [{ give: [1] }, { wait: "1 hour" }]])
      const { batches, pipeline } = pipelineOf(receiver)
      yield* runFor(pipeline, "2 seconds")
      assert.deepStrictEqual(batches.flatMap((batch) => batch.items), [1])
    }))

  it.effect("starts with a fresh policy after a healthy minute", () =>
    Effect.gen(function*() {
      let opened = 0
      const receiver = scripted<number, Broken>("n", [[{ wait: "61 seconds" }, { fail: new Broken({ part: "wheel" }) }]], {
        restart: Schedule.recurs(1),
        onOpen: () => opened++
      })
      const { exit } = yield* runFor(pipelineOf(receiver).pipeline, "10 minutes")
      assert.deepStrictEqual(exit, Exit.succeed(true))
      assert.strictEqual(opened, 10)
    }))

  it.effect("gives up by default after ten tries within a minute", () =>
    Effect.gen(function*() {
      let opened = 0
      const receiver = scripted<number, Broken>("n", [[{ fail: new Broken({ part: "wheel" }) }]], { onOpen: () => opened++ })
      const { exit } = yield* runFor(pipelineOf(receiver).pipeline, "2 minutes")
      assert.strictEqual(failureOf(exit).reason._tag, "ReceiverFailed")
      assert.strictEqual(opened, 11)
    }))

  it.effect("is released when the pipeline stops, and its scope closed on every restart", () =>
    Effect.gen(function*() {
      const life: Array<string> = []
      const receiver = scripted<number, Broken>("n", [[{ fail: new Broken({ part: "wheel" }) }], [{ wait: "1 hour" }]], {
        onOpen: () => life.push("open"),
        onClose: () => life.push("close")
      })
      yield* runFor(pipelineOf(receiver).pipeline, "2 seconds")
      assert.deepStrictEqual(life, ["open", "close", "open", "close"])
    }))
})

describe("an error that a receiver lives through", () => {
  it.effect("is published, counted and shown, and the receiver goes on", () =>
    Effect.gen(function*() {
      const receiver = Receiver.fromStream(
        { name: "n" },
        Stream.concat(
          Stream.drain(Stream.fromEffect(Receiver.reportError(new Broken({ part: "spoke" })))),
          Stream.concat(Stream.make(1), Stream.never)
        )
      )
      const { batches, pipeline } = pipelineOf(receiver)
      const { events, metrics } = yield* runFor(pipeline, "1 second")
      assert.deepStrictEqual(batches.flatMap((batch) => batch.items), [1])
      const told = events.filter((event) => event._tag === "ReceiverError")
      assert.deepStrictEqual(told.map(({ error, receiver }) => [receiver, error]), [["n", "Broken: spoke broke"]])
      assert.deepStrictEqual([metrics.receivers[0]?.lastError, metrics.receivers[0]?.restarts], ["Broken: spoke broke", 0])
    }))
})

describe("acknowledgement", () => {
  it.effect("comes after every output has taken the batch, in order", () =>
    Effect.gen(function*() {
      const life: Array<string> = []
      const receiver = scripted<string>("n", [[{ give: ["a"] }, { give: ["b"] }, { wait: "1 hour" }]], {
        onAcknowledge: (items) => life.push(`acknowledged ${items}`)
      })
      const input = DStream.fromReceiver(receiver)
      const outputs = ["first", "second"].map((name) =>
        DStream.foreachBatch(input, name, () => Effect.sync(() => life.push(name))))
      yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs }), "1 second")
      assert.deepStrictEqual(life, ["first", "second", "acknowledged a", "acknowledged b"])
    }))

  it.effect("never comes for a batch that failed", () =>
    Effect.gen(function*() {
      const life: Array<string> = []
      const receiver = scripted<string>("n", [[{ give: ["a"] }, { wait: "1 hour" }]], {
        onAcknowledge: (items) => life.push(`acknowledged ${items}`)
      })
      const output = DStream.foreachBatch(DStream.fromReceiver(receiver), "out", () => Effect.fail("no" as const))
      const { exit } = yield* runFor(
        Pipeline.make("p", { batchInterval: "1 second", outputs: [output], retry: Schedule.recurs(1) }),
        "5 seconds"
      )
      assert.strictEqual(failureOf(exit).reason._tag, "OutputFailed")
      assert.deepStrictEqual(life, [])
    }))
})

describe("the bounded hand-over", () => {
  it.effect("suspends a receiver whose block finds no room, drops nothing, and says so", () =>
    Effect.gen(function*() {
      let given = 0
      const acts = Array.from({ length: 10 }, (_, n) => ({
        get give() {
          given++
          return [n, n, n]
        }
      }))
      const { batches, pipeline } = pipelineOf(scripted<number>("n", [[...acts, { wait: "1 hour" }]]), {
        buffer: { records: 7 }
      })
      const running = yield* Pipeline.start(pipeline)
      yield* TestClock.adjust("900 millis")
      const before = yield* running.metrics
      assert.deepStrictEqual([before.waitingRecords, before.suspendedBlocks], [6, 1])
      assert.isAtMost(given, 4)
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(batches.map((batch) => batch.items.length).slice(0, 5), [6, 6, 6, 6, 6])
      assert.deepStrictEqual(batches.flatMap((batch) => batch.items), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((n) => [n, n, n]))
    }))

  it.effect("lets in a block larger than the whole bound when it is empty", () =>
    Effect.gen(function*() {
      const { batches, pipeline } = pipelineOf(scripted<number>("n", [[{ give: [1, 2, 3, 4, 5] }, { give: [6] }, { wait: "1 hour" }]]), {
        buffer: { records: 2 }
      })
      yield* runFor(pipeline, "2 seconds")
      assert.deepStrictEqual(batches.map((batch) => batch.items), [[1, 2, 3, 4, 5], [6]])
    }))

  it.effect("does not count a suspended block as received: a stop leaves it with its source", () =>
    Effect.gen(function*() {
      const acknowledged: Array<unknown> = []
      const { batches, pipeline } = pipelineOf(
        scripted<number>("n", [[{ give: [1, 2] }, { give: [3, 4] }, { wait: "1 hour" }]], {
          onAcknowledge: (items) => acknowledged.push(...items)
        }),
        { buffer: { records: 2 } }
      )
      yield* Effect.scoped(Effect.gen(function*() {
        const running = yield* Pipeline.start(pipeline)
        yield* TestClock.adjust("500 millis")
        yield* running.stop
      }))
      assert.deepStrictEqual(batches.map((batch) => batch.items), [[1, 2]])
      assert.deepStrictEqual(acknowledged, [1, 2])
    }))
})

describe("the rate", () => {
  const flood = () =>
    scripted<number>("n", [Array.from({ length: 1000 }, () => ({ give: Array.from({ length: 50 }, (_, i) => i) }))], {})

  it.effect("starts slowly and doubles from batch to batch", () =>
    Effect.gen(function*() {
      const receiver = { ...flood(), initialRate: 1000 }
      const { batches, pipeline } = pipelineOf(receiver)
      yield* runFor(pipeline, "4 seconds")
      const sizes = batches.slice(0, 4).map((batch) => batch.items.length)
      for (const [index, expected] of [1000, 2000, 4000, 8000].entries()) {
        assert.approximately(sizes[index] ?? 0, expected, 150)
      }
    }))

  it.effect("never exceeds maxRate", () =>
    Effect.gen(function*() {
      const { batches, pipeline } = pipelineOf({ ...flood(), initialRate: 1000, maxRate: 1500 })
      yield* runFor(pipeline, "6 seconds")
      const sizes = batches.slice(0, 6).map((batch) => batch.items.length)
      assert.approximately(sizes[5] ?? 0, 1500, 100)
      assert.isTrue(sizes.every((size) => size <= 1600))
    }))
})

describe("a per-batch receiver", () => {
  const perBatch = (name: string, next: (asked: number) => Effect.Effect<Option.Option<ReadonlyArray<number>>, Broken>) =>
    Receiver.perBatch<number, number, never, Broken>({
      name,
      open: () =>
        Effect.sync(() => {
          let asked = 0
          return () =>
            Effect.map(next(++asked), Option.map((payload) => ({ payload, records: payload.length, bytes: 0 })))
        })
    })

  it.effect("is asked once for every batch and ends the pipeline with its end", () =>
    Effect.gen(function*() {
      const { batches, pipeline } = pipelineOf(perBatch("n", (asked) => Effect.succeed(asked > 3 ? Option.none() : Option.some([asked]))))
      const fiber = yield* Effect.forkChild(Pipeline.run(pipeline))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(batches.map(({ id, items }) => [id, items]), [[1, [1]], [2, [2]], [3, [3]]])
    }))

  it.effect("that fails over a batch leaves it empty, and goes on with the next", () =>
    Effect.gen(function*() {
      let opened = 0
      const receiver = Receiver.perBatch<number, number, never, Broken>({
        name: "n",
        open: () =>
          Effect.sync(() => {
            const first = ++opened === 1
            return ({ time }) =>
              first && time === 2000
                ? Effect.fail(new Broken({ part: "wheel" }))
                : Effect.succeed(time > 3000 ? Option.none() : Option.some({ payload: [time], records: 1, bytes: 0 }))
          })
      })
      const { batches, pipeline } = pipelineOf(receiver)
      const fiber = yield* Effect.forkChild(Pipeline.run(pipeline))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(batches.map((batch) => batch.items), [[1000], [], [3000]])
    }))

  it.effect("does not hold up a stop while it owes an answer", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const { pipeline } = pipelineOf(perBatch("n", () => Effect.andThen(Deferred.succeed(asked, undefined), Effect.never)))
      yield* Effect.scoped(Effect.gen(function*() {
        const running = yield* Pipeline.start(pipeline)
        yield* TestClock.adjust("1 second")
        yield* Deferred.await(asked)
        yield* running.stop
        assert.isTrue(yield* running.awaitTermination())
      }))
    }))
})
