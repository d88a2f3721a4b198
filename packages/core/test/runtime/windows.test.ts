/** Windows in a run: late batches, failing batches, and windows that do not fit. */
import { assert, describe, it } from "@effect/vitest"
import { type Batch, DStream, Pipeline, PipelineError, Receiver, StateStore } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Cause, type Duration, Effect, Exit, Fiber, Option, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import { runFor, scripted } from "./fixtures.ts"

const value = Schema.Number
const provided = Effect.provide(StateStore.layerMemory)

/** Each second one, in the middle between two boundaries: 1 belongs to the batch at 1. */
const numbers = (last: number) => {
  const acts = Array.from({ length: last }, (_, index) => [{ give: [index + 1] }, { wait: "1 second" }] as const)
  return DStream.fromReceiver(scripted<number>("n", [[{ wait: "500 millis" }, ...acts.flat(), { wait: "1 hour" }]]))
}

const windowed = <E, R>(
  stream: DStream.DStream<number, E, R>,
  windowDuration: Duration.Input,
  slideDuration?: Duration.Input,
  name = "w"
) =>
  DStream.window(stream, { name, windowDuration, slideDuration, item: value })

/** An output that takes this long for its first batch. */
const slow = <A, E, R>(stream: DStream.DStream<A, E, R>, firstMillis: number, name = "slow") => {
  const batches: Array<readonly [seconds: number, items: ReadonlyArray<A>]> = []
  const output = DStream.foreachBatch(stream, name, ({ items, time }) =>
    Effect.andThen(
      Effect.suspend(() => Effect.sleep(batches.length === 0 ? firstMillis : 0)),
      Effect.sync(() => batches.push([time / 1000, items]))
    ))
  return { batches, output }
}

describe("batches that come late", () => {
  it.effect("every window that was due is told once, in order; what came meanwhile is in the newest", () =>
    Effect.gen(function*() {
      const { batches, output } = slow(windowed(numbers(7), "2 seconds"), 3300)
      yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "6500 millis")
      assert.deepStrictEqual(batches.slice(0, 6), [
        [1, [1]],
        // The output of 1 took until 4.3: what came from 1 on is of the boundary at 4.
        [2, [1]],
        [3, []],
        [4, [2, 3, 4]],
        [5, [2, 3, 4, 5]],
        [6, [5, 6]]
      ])
    }).pipe(provided))

  it.effect("boundaries between the slides stay given up", () =>
    Effect.gen(function*() {
      const { batches, output } = slow(windowed(numbers(9), "4 seconds", "2 seconds"), 5500)
      const seen: Array<number> = []
      const source = Pipeline.make("p", { batchInterval: "1 second", outputs: [output] })
      const { events } = yield* runFor(source, "9500 millis")
      for (const event of events) if (event._tag === "BatchCompleted") seen.push(event.batch.time / 1000)
      assert.deepStrictEqual(seen, [1, 2, 4, 6, 7, 8, 9])
      assert.deepStrictEqual(batches.map(([time]) => time).slice(0, 4), [2, 4, 6, 8])
    }).pipe(provided))

  it.effect("without windows coalesce into one", () =>
    Effect.gen(function*() {
      const { batches, output } = slow(numbers(5), 3300)
      yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "5500 millis")
      assert.deepStrictEqual(batches.map(([time]) => time).slice(0, 3), [1, 4, 5])
    }))

  it.effect("a window of a window is told too, by what its parent told", () =>
    Effect.gen(function*() {
      const inner = windowed(numbers(9), "2 seconds", "2 seconds")
      const { batches, output } = slow(windowed(inner, "4 seconds", "4 seconds", "of w"), 5500)
      yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "13500 millis")
      assert.deepStrictEqual(batches, [[4, [1, 2, 3, 4]], [8, []], [12, [5, 6, 7, 8, 9]]])
    }).pipe(provided))

  it.effect("keyed windows lose nothing and count nothing twice", () =>
    Effect.gen(function*() {
      const counts = DStream.countByWindow(numbers(8), { name: "c", windowDuration: "1 second" })
      const { batches, output } = slow(counts, 4200)
      yield* runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "8500 millis")
      assert.strictEqual(batches.reduce((sum, [, items]) => sum + (items[0] ?? 0), 0), 8)
      assert.deepStrictEqual(batches.map(([time]) => time).slice(0, 6), [1, 2, 3, 4, 5, 6])
    }).pipe(provided))
})

describe("a batch that fails", () => {
  it.effect("leaves windows as they were, and the run goes on from there when it is started again", () =>
    Effect.gen(function*() {
      const inputs = [["a"], ["b", "a"], ["c"], ["a"], [], ["b"]]
      const straight = yield* TestPipeline.run(inputs, (input) => counts(input), {})
      let next = 0
      let failures = 0
      const out: Array<Batch.Batch<readonly [string, number]>> = []
      const receiver = Receiver.perBatch<string>({
        name: "input",
        initialRate: Infinity,
        open: () =>
          Effect.succeed(() =>
            Effect.sync(() => {
              const payload = inputs[next++]
              return payload === undefined ? Option.none() : Option.some({ payload, records: payload.length, bytes: 0 })
            })
          )
      })
      const output = DStream.foreachBatch(counts(DStream.fromReceiver(receiver)), "flaky", (batch) => {
        if (batch.items.some(([key]) => key === "c") && failures++ === 0) return Effect.fail("flaky")
        out.push(batch)
        return Effect.void
      })
      const pipeline = Pipeline.make("p", { batchInterval: "1 second", outputs: [output], retry: Schedule.recurs(0) })
      const attempt = Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(Pipeline.run(pipeline), { startImmediately: true })
        while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
        return yield* Fiber.await(fiber)
      })
      assert(Exit.isFailure(yield* attempt))
      next = out.length
      // The failed batch is given again, at the next boundary: one second later than in the straight run.
      assert(Exit.isSuccess(yield* attempt))
      assert.deepStrictEqual(out.slice(0, 2).map(({ items }) => items), straight.slice(0, 2).map(({ items }) => items))
      assert.deepStrictEqual(out.map(({ time }) => time / 1000), [1, 2, 4, 5, 6, 7])
      assert.deepStrictEqual(out[2]?.items, [["c", 1], ["a", 1], ["b", 1]])
    }).pipe(provided))
})

const counts = <E, R>(stream: DStream.DStream<string, E, R>) =>
  stream.pipe(
    DStream.map((key) => [key, 1]),
    DStream.reduceByKeyAndWindow({ name: "w", windowDuration: "3 seconds", value, reduce: (left, right) => left + right })
  )

const refusedFor = (build: (input: DStream.DStream<number>) => DStream.DStream<unknown, never, StateStore>) =>
  Effect.gen(function*() {
    const exit = yield* Effect.exit(TestPipeline.run([[1]], build))
    assert(Exit.isFailure(exit))
    const error: unknown = exit.cause.reasons
      .map((reason) => Cause.isFailReason(reason) ? reason.error : Cause.isDieReason(reason) ? reason.defect : undefined)[0]
    assert(error instanceof PipelineError && error.message.includes("cannot be compiled"))
    return error.message.split("\n").slice(1)
  })

describe("windows that do not fit are refused when the pipeline is compiled", () => {
  it.effect("durations that are not multiples of the interval, both told at once (WI-02)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* refusedFor((input) => windowed(input, "1500 millis", "2100 millis")), [
        `- windowDuration of window "w" for output "collected": 1500 ms is not a multiple of the 1000 ms between the batches of its input`,
        `- slideDuration of window "w" for output "collected": 2100 ms is not a multiple of the 1000 ms between the batches of its input`
      ])
    }))

  it.effect("by the slide of the stream before it, not by the batch interval", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* refusedFor((input) =>
          DStream.countByWindow(windowed(input, "4 seconds", "2 seconds"), { name: "c", windowDuration: "4 seconds", slideDuration: "3 seconds" })
        ),
        [`- slideDuration of countByWindow "c" for output "collected": 3000 ms is not a multiple of the 2000 ms between the batches of its input`]
      )
      assert.deepStrictEqual(
        yield* refusedFor((input) => windowed(windowed(input, "4 seconds", "2 seconds"), "3 seconds", undefined, "v")),
        [`- windowDuration of window "v" for output "collected": 3000 ms is not a multiple of the 2000 ms between the batches of its input`]
      )
    }))

  it.effect("durations that are none", () =>
    Effect.gen(function*() {
      for (const bad of [0, -1000, NaN, Infinity, 0.5, 2 ** 40]) {
        const [problem, more] = yield* refusedFor((input) => windowed(input, bad))
        assert.match(problem ?? "", /^- windowDuration of window "w" for output "collected": /, String(bad))
        assert.isUndefined(more)
      }
      const [problem] = yield* refusedFor((input) => windowed(input, "1 week"))
      assert.strictEqual(problem, `- windowDuration of window "w" for output "collected": 604800000 ms are more than 100000 batches of its input`)
    }))

  it.effect("streams that speak at different times", () =>
    Effect.gen(function*() {
      const different = "its inputs come at different times, every 1000 ms and every 2000 ms; give their windows the same slideDuration"
      assert.deepStrictEqual(yield* refusedFor((input) => DStream.union(input, windowed(input, "2 seconds", "2 seconds"))), [
        `- union for output "collected": ${different}`
      ])
      assert.deepStrictEqual(
        yield* refusedFor((input) =>
          DStream.transformWith(input, windowed(input, "2 seconds", "2 seconds"), (left, right) => [...left, ...right])
        ),
        [`- transformWith for output "collected": ${different}`]
      )
    }))

  it.effect("two of one name, and an emission that Spark does not have", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* refusedFor((input) => windowed(windowed(input, "2 seconds"), "2 seconds")), [
        `- more than one operator that remembers is named "w"`
      ])
      assert.deepStrictEqual(
        yield* refusedFor((input) =>
          DStream.map(input, (n) => [n, 1]).pipe(DStream.reduceByKeyAndWindow({
            name: "w",
            windowDuration: "2 seconds",
            value,
            reduce: (left, right) => left + right,
            inverse: (total, left) => total - left,
            emit: "changed",
            semantics: "spark"
          }))
        ),
        [`- emit of reduceByKeyAndWindow "w" for output "collected": "changed" does not go with semantics: "spark", which emits every key`]
      )
    }))
})
