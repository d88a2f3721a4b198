import { assert, describe, it } from "@effect/vitest"
import { type Delta, DStream, type Operator, Pipeline, StateStore } from "@millrace/core"
import { ABORT, EOF, PAUSE, RecordingSink, ScriptedReceiver, TestPipeline } from "@millrace/core/testing"
import { Clock, Context, Data, Duration, Effect, Layer, Option, Schedule, Schema } from "effect"
import { Scale } from "./support.ts"

class Boom extends Data.TaggedError("Boom")<{ readonly isRetryable: boolean }> {}

const sum = <E, R>(input: DStream.DStream<number, E, R>) =>
  DStream.scan(input, { name: "sum", state: Schema.Number, initial: 0, step: (sum, n) => [sum + n, sum + n] })

const itemsOf = <A>(batches: ReadonlyArray<{ readonly items: A }>) => batches.map(({ items }) => items)

describe("TestPipeline", () => {
  it.effect("runs on after the input, at its interval", () =>
    Effect.gen(function*() {
      const output = yield* TestPipeline.run([[1]], sum, { batchInterval: "1 minute", runOn: 2 })
      assert.deepStrictEqual(output, [
        { id: 1, time: 60_000, items: [1] },
        { id: 2, time: 120_000, items: [] },
        { id: 3, time: 180_000, items: [] }
      ])
    }))

  it.effect("an hour of batches a second takes no hour, and ends", () =>
    Effect.gen(function*() {
      const output = yield* TestPipeline.run(Array.from({ length: 3_600 }, () => [1]), sum)
      assert.deepStrictEqual(output.at(-1), { id: 3_600, time: 3_600_000, items: [3_600] })
    }))

  it.effect("several inputs give a batch each until the longest ends, and then run on", () =>
    Effect.gen(function*() {
      const output = yield* TestPipeline.runMany([[[1], [2]], [["a"]]], (left, right) => DStream.union(left, right), { runOn: 1 })
      assert.deepStrictEqual<unknown>(itemsOf(output), [[1, "a"], [2], []])
    }))

  it.effect("goes on in legs, with time and state, and takes the rest last", () =>
    Effect.gen(function*() {
      const batches = [[1], [2], [], [3], [4]]
      const whole = yield* TestPipeline.run(batches, sum, { runOn: 2 })
      for (const legs of [[], [1], [1, 1, 1, 1, 1, 1, 1], [2, 3], [9, 9], [0, 4]]) {
        const parts = yield* TestPipeline.runInLegs(batches, legs, sum, { runOn: 2 })
        assert.deepStrictEqual(parts.map(({ time }) => time), whole.map(({ time }) => time))
        assert.deepStrictEqual(itemsOf(parts), itemsOf(whole))
      }
      assert.deepStrictEqual((yield* TestPipeline.runInLegs(batches, [2], sum)).map(({ id }) => id), [1, 2, 1, 2, 3])
    }))

  it.effect("provides services, made on its own clock, and takes another store", () =>
    Effect.gen(function*() {
      const saved: Array<string> = []
      const store = storeOf(
        [{ removed: [], names: ["state"], values: [10] }],
        ({ operator }) => Effect.sync(() => void saved.push(operator))
      )
      const scale = Layer.effect(Scale, Effect.map(Clock.currentTimeMillis, (millis) => millis + 2))
      const output = yield* TestPipeline.run(
        [[1], [2]],
        (input) => sum(DStream.mapEffect(input, (n) => Effect.map(Scale, (scale) => n * scale))),
        { layer: Layer.mergeAll(scale, Layer.succeed(StateStore, store)) }
      )
      assert.deepStrictEqual(itemsOf(output), [[12], [16]])
      assert.deepStrictEqual(saved, ["sum"])
    }))

  it.effect("the services of the caller reach the stream, and its needs show in the type", () =>
    Effect.gen(function*() {
      const run = TestPipeline.run([[1]], (input) => DStream.mapEffect(input, (n) => Effect.map(Scale, (scale) => n * scale)))
      const context: Context.Context<Scale> = Context.make(Scale, 5)
      assert.deepStrictEqual(itemsOf(yield* Effect.provideContext(run, context)), [[5]])
    }))
})

const started = <E>(
  script: ReadonlyArray<ScriptedReceiver.Step<number, E>>,
  options?: { readonly delivery?: "Replayable" | "Acknowledged" | "Unreplayable"; readonly restart?: Schedule.Schedule<unknown> }
) =>
  Effect.gen(function*() {
    const input = yield* ScriptedReceiver.make({ name: "input", ...options }, script)
    const output = yield* RecordingSink.make<number>({ commitClass: "AtLeastOnce" })
    const pipeline = Pipeline.make("sums", {
      batchInterval: "1 second",
      outputs: [DStream.to(sum(DStream.fromReceiver(input.receiver)), "sums", output.sink)]
    })
    return { input, output: Effect.map(output.batches, itemsOf), pipeline }
  })

describe("ScriptedReceiver", () => {
  it.effect("plays batch by batch and is told what is safe", () =>
    TestPipeline.virtually(Effect.gen(function*() {
      const { input, output, pipeline } = yield* started([[1, 2], PAUSE, [3], EOF, [4]])
      assert.strictEqual(yield* TestPipeline.drive(pipeline), "Ended")
      assert.deepStrictEqual(yield* output, [[1, 3], [], [6]])
      assert.deepStrictEqual(yield* input.acknowledged, [1, 2, 3])
      assert.deepStrictEqual(yield* input.opened, [Option.none()])
      assert.strictEqual(yield* input.closed, 1)
      yield* TestPipeline.drive(pipeline)
      assert.deepStrictEqual(yield* output, [[1, 3], [], [6], [10]])
    })))

  it.effect("a chosen number of batches, then the rest, on one clock", () =>
    TestPipeline.virtually(Effect.gen(function*() {
      const { output, pipeline } = yield* started([[1], [2], [3]])
      yield* TestPipeline.drive(pipeline, { batches: 2 })
      assert.deepStrictEqual(yield* output, [[1], [3]])
      assert.strictEqual(yield* Clock.currentTimeMillis, 2_000)
      yield* TestPipeline.drive(pipeline)
      assert.deepStrictEqual(yield* output, [[1], [3], [6]])
    })))

  it.effect("ABORT is a crash: nothing is saved, released or drained, and what was not acknowledged comes again", () =>
    TestPipeline.virtually(Effect.gen(function*() {
      const { input, output, pipeline } = yield* started([[1], [2], ABORT, [3]])
      assert.strictEqual(yield* TestPipeline.drive(pipeline), "Aborted")
      assert.strictEqual(yield* input.closed, 0)
      assert.deepStrictEqual(yield* output, [[1], [3]])
      assert.strictEqual(yield* TestPipeline.drive(pipeline), "Ended")
      // The sum of the run that crashed was never written down.
      assert.deepStrictEqual(yield* output, [[1], [3], [3]])
    })))

  it.effect("outside of a test run ABORT can only die", () =>
    Effect.gen(function*() {
      const input = yield* ScriptedReceiver.make({ name: "input" }, [ABORT])
      assert(input.receiver.source._tag === "PerBatch")
      const ask = yield* input.receiver.source.open(Option.none())
      const exit = yield* Effect.exit(ask({ time: 1_000, maxRecords: 1 }))
      assert.include(String(exit), "ABORT needs a run of TestPipeline")
    }).pipe(Effect.scoped))

  it.effect("fails once, is opened again and goes on", () =>
    TestPipeline.virtually(Effect.gen(function*() {
      const boom = ScriptedReceiver.fail(new Boom({ isRetryable: true }))
      for (const delivery of ["Replayable", "Acknowledged", "Unreplayable"] as const) {
        const { input, output, pipeline } = yield* started([[1], boom, [2]], { delivery, restart: Schedule.recurs(3) })
        yield* TestPipeline.drive(pipeline)
        assert.deepStrictEqual((yield* output).flat(), [1, 3])
        assert.strictEqual((yield* input.opened).length, 2)
      }
    }).pipe((effect) => Effect.provideService(effect, StateStore, empty))))

  it.effect("an error that does not go away ends the run", () =>
    TestPipeline.virtually(Effect.gen(function*() {
      const { output, pipeline } = yield* started([[1], ScriptedReceiver.fail(new Boom({ isRetryable: false })), [2]])
      const error = yield* Effect.flip(TestPipeline.drive(pipeline))
      assert.strictEqual(error.reason._tag, "ReceiverFailed")
      assert.deepStrictEqual((yield* output).flat(), [1])
    })))

  it.effect("without acknowledgements it begins as its class says", () =>
    TestPipeline.virtually(Effect.gen(function*() {
      const again = yield* started([[1], EOF, [2]], { delivery: "Replayable" })
      const gone = yield* started([[1], EOF, [2]], { delivery: "Unreplayable" })
      for (const { pipeline } of [again, again, gone, gone]) yield* TestPipeline.drive(pipeline)
      assert.deepStrictEqual((yield* again.output).length, 3)
      assert.deepStrictEqual((yield* gone.output).length, 2)
    })))
})

/** Gives always the same, and tells what is saved. */
const storeOf = (deltas: ReadonlyArray<Delta>, save: (operator: Operator) => Effect.Effect<void>) =>
  StateStore.of({
    keeps: "runs",
    open: (operator) =>
      Effect.succeed({
        appliedBatch: 0,
        load: Effect.succeed(deltas),
        apply: () => Effect.void,
        save: () => save(operator),
        isSaveDue: () => false,
        flush: Effect.void,
        keys: undefined
      })
  })

/** Keeps nothing. */
const empty = storeOf([], () => Effect.void)

describe("RecordingSink", () => {
  it.effect("fails as it is told, and shows what was tried", () =>
    TestPipeline.virtually(Effect.gen(function*() {
      const input = yield* ScriptedReceiver.make({ name: "input" }, [[1], [2]])
      const output = yield* RecordingSink.make<number, Boom>({
        fail: ({ id }, attempt) => id === 2 && attempt < 3 ? new Boom({ isRetryable: true }) : undefined
      })
      const pipeline = Pipeline.make("once", {
        batchInterval: "1 second",
        retry: Schedule.spaced(Duration.millis(10)),
        outputs: [DStream.to(DStream.fromReceiver(input.receiver), "output", output.sink)]
      })
      yield* TestPipeline.drive(pipeline)
      assert.deepStrictEqual(itemsOf(yield* output.batches), [[1], [2]])
      assert.deepStrictEqual((yield* output.tried).map(({ id }) => id), [1, 2, 2, 2])
      assert.deepStrictEqual(yield* output.opened, [{ pipeline: "once", output: "output", epoch: 1 }])
    })))

  it.effect("says who is too old", () =>
    Effect.scoped(Effect.gen(function*() {
      const { sink } = yield* RecordingSink.make<number>()
      yield* sink.open({ pipeline: "p", output: "o", epoch: 2 })
      const error = yield* Effect.flip(sink.open({ pipeline: "p", output: "o", epoch: 1 }))
      assert.strictEqual(error.message, `Output "o" was opened with epoch 2; epoch 1 may no longer write`)
    })))
})

describe("partitions", () => {
  it.effect("cuts the batches of every input", () =>
    Effect.gen(function*() {
      const one = yield* TestPipeline.run([[1, 2, 3, 4, 5], []], DStream.glom, { partitions: 2 })
      assert.deepStrictEqual(one.map((batch) => batch.items.map((slice) => slice.length)), [[2, 3], [0, 0]])
      const glommed = yield* TestPipeline.runMany(
        [[[1, 2]], [[3, 4]]],
        (left, right) => DStream.glom(DStream.union(left, right)),
        { partitions: 2 }
      )
      assert.deepStrictEqual(glommed.map((batch) => batch.items), [[[1], [2], [3], [4]]])
    }))
})
