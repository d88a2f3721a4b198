/** Batches that a running pipeline still remembers. */
import { assert, describe, it } from "@effect/vitest"
import { type Batch, DStream, Pipeline, type PipelineError, StateStore } from "@millrace/core"
import { Arbitrary, Cause, Effect, Exit, Logger, Schema } from "effect"
import { TestClock } from "effect/testing"
import { recording, scripted } from "./fixtures.ts"

type Running = Pipeline.RunningPipeline<unknown>

/** Each second one, in the middle between two boundaries: n belongs to the batch at n. */
const numbers = (last = 20) => {
  const acts = Array.from({ length: last }, (_, index) => [{ give: [index + 1] }, { wait: "1 second" }] as const)
  return DStream.fromReceiver(scripted<number>("n", [[{ wait: "500 millis" }, ...acts.flat(), { wait: "1 hour" }]]))
}

/** Looks into a pipeline of these streams when it has run for some seconds. */
const after = <A, R, X>(
  seconds: number,
  streams: ReadonlyArray<DStream.DStream<A, never, R>>,
  look: (running: Running) => Effect.Effect<X>,
  options: Pipeline.Options = { remember: "3 seconds" }
): Effect.Effect<X, PipelineError, R> =>
  Effect.scoped(Effect.gen(function*() {
    const outputs = streams.map((stream, index) => recording(stream, `out ${index}`).output)
    const pipeline = Pipeline.make("p", { freezeBatches: true, ...options, batchInterval: "1 second", outputs })
    const running = yield* Pipeline.start(pipeline)
    yield* TestClock.adjust(seconds * 1000 + 100)
    return yield* look(running)
  })).pipe(Effect.provide(TestClock.layer())) as Effect.Effect<X, PipelineError, R>

const shown = <A>(batches: ReadonlyArray<Batch.Batch<A>>) => batches.map(({ items, time }) => [time / 1000, ...items])

const sliced = <A>(running: Running, stream: DStream.DStream<A, never, unknown>, from: number, to: number) =>
  Effect.map(running.slice(stream, { from, to }), shown)

const quiet = Effect.provide(Logger.layer([]))

const defectOf = <A>(effect: Effect.Effect<A>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert(Exit.isFailure(exit))
    return String(Cause.squash(exit.cause))
  })

describe("slice", () => {
  it.effect("gives the batches between two times, both ends included (ST-13)", () =>
    Effect.gen(function*() {
      const input = numbers()
      const look = (running: Running) =>
        Effect.all([sliced(running, input, 3000, 5000), sliced(running, input, 4000, 4000), sliced(running, input, 5000, 4000)])
      assert.deepStrictEqual(yield* after(5, [input], look), [[[3, 3], [4, 4], [5, 5]], [[4, 4]], []])
    }))

  it.effect("of a batch that is no more, or not yet, there is nothing (LC-06)", () =>
    Effect.gen(function*() {
      const input = numbers()
      const look = (running: Running) => sliced(running, input, 0, 9000)
      assert.deepStrictEqual(yield* after(6, [input], look), [[4, 4], [5, 5], [6, 6]])
      assert.deepStrictEqual(yield* after(2, [input], look), [[1, 1], [2, 2]])
      assert.deepStrictEqual(yield* after(6, [input], look, { remember: "3001 millis" }), [[3, 3], [4, 4], [5, 5], [6, 6]])
      assert.deepStrictEqual(yield* after(6, [input], look, { remember: 1 }), [[6, 6]])
    }))

  it.effect("rounds ends down to batch times of the stream, and warns", () =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel === "Warn") logged.push(String(message))
      })
      const input = numbers()
      const look = (running: Running) => sliced(running, input, 3999, 5001)
      const out = yield* after(5, [input], look).pipe(Effect.provide(Logger.layer([logger])))
      assert.deepStrictEqual(out, [[3, 3], [4, 4], [5, 5]])
      assert.deepStrictEqual(logged, [`A slice of pipeline "p" from 3999 to 5001 was rounded down to 3000 and 5000`])
    }))

  it.effect("of a window has the times at which it speaks", () =>
    Effect.gen(function*() {
      const windows = DStream.window(numbers(), {
        name: "w",
        windowDuration: "4 seconds",
        slideDuration: "2 seconds",
        item: Schema.Number
      })
      const doubled = DStream.map(windows, (n) => n * 2)
      const look = (running: Running) =>
        Effect.all([sliced(running, windows, 3000, 7000), sliced(running, doubled, 3000, 7000)])
      const out = yield* after(7, [DStream.count(doubled)], look, { remember: "5 seconds" }).pipe(quiet)
      assert.deepStrictEqual(out, [[[4, 1, 2, 3, 4], [6, 3, 4, 5, 6]], [[4, 2, 4, 6, 8], [6, 6, 8, 10, 12]]])
    }).pipe(Effect.provide(StateStore.layerMemory)))

  for (const backend of ["generated", "closures"] as const) {
    it.effect(`of what is inside of a loop is computed from what the loop read, with ${backend}`, () =>
      Effect.gen(function*() {
        const input = numbers()
        const doubled = DStream.map(input, (n) => n * 2)
        const union = DStream.union(doubled, DStream.map(input, (n) => -n))
        const twice = DStream.flatMap(union, (n) => [n, n])
        const total = DStream.reduce(twice, (left, right) => left + right)
        const look = (running: Running) =>
          Effect.all([input, doubled, union, twice, total].map((stream) => sliced(running, stream, 2000, 2000)))
        const out = yield* after(2, [total], look, { remember: "1 second", backend })
        assert.deepStrictEqual(out, [[[2, 2]], [[2, 4]], [[2, 4, -2]], [[2, 4, 4, -2, -2]], [[2, 4]]])
      }))
  }

  it.effect("of any length and any memory is the end of the batches", () =>
    Effect.gen(function*() {
      const natural = Arbitrary.map(Arbitrary.schema(Schema.Int), (n) => Math.abs(n % 12))
      const result = yield* Arbitrary.checkEffect(Arbitrary.all([natural, natural, natural]), ([remember, from, to]) =>
        Effect.gen(function*() {
          const input = numbers(10)
          const look = (running: Running) => sliced(running, input, from * 1000, to * 1000)
          const out = yield* after(8, [input], look, { remember: `${remember + 1} seconds` })
          const expected = [1, 2, 3, 4, 5, 6, 7, 8].filter((n) => n >= from && n <= to && n > 8 - (remember + 1))
          return JSON.stringify(out) === JSON.stringify(expected.map((n) => [n, n]))
        }), { runs: 150 })
      assert.strictEqual(result._tag, "Passed")
    }).pipe(quiet))

  it.effect("of a pipeline that has ended still gives what it had", () =>
    Effect.gen(function*() {
      const input = numbers()
      const look = (running: Running) => Effect.andThen(Effect.forkChild(running.stop), () =>
        Effect.andThen(TestClock.adjust("1 minute"), sliced(running, input, 2000, 3000)))
      assert.deepStrictEqual(yield* after(3, [input], look), [[2, 2], [3, 3]])
    }))

  it.effect("needs remember to be set", () =>
    Effect.gen(function*() {
      const input = numbers()
      const text = yield* after(1, [input], (running) => defectOf(sliced(running, input, 0, 1000)), {})
      assert.strictEqual(text, `Error: Pipeline "p" keeps no batches: set its option remember`)
    }))

  it.effect("of a stream that leads to no output is a mistake", () =>
    Effect.gen(function*() {
      const input = numbers()
      const text = yield* after(1, [input], (running) => defectOf(sliced(running, DStream.count(input), 0, 1000)))
      assert.strictEqual(text, `Error: No output of pipeline "p" reads the stream to slice`)
    }))
})

describe("remember", () => {
  for (const remember of [-1, "Infinity", NaN] as ReadonlyArray<any>) {
    it(`of ${remember} is refused`, () => {
      const output = recording(numbers()).output
      const text = Pipeline.explain(Pipeline.make("p", { batchInterval: "1 second", remember, outputs: [output] }))
      assert.include(text, "- remember: ")
    })
  }

  it("is told by explain", () => {
    const output = recording(numbers()).output
    const text = (options: Pipeline.Options) =>
      Pipeline.explain(Pipeline.make("p", { ...options, batchInterval: "1 second", outputs: [output] }))
    assert.match(text({}), /remember +nothing/)
    assert.match(text({ remember: "1 minute" }), /remember +batches of the last 60000 ms/)
  })
})
