import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline, type PipelineError } from "@millrace/core"
import { Cause, Effect, Exit, Schedule } from "effect"
import { recording, runFor, scripted } from "./fixtures.ts"

const errorOf = <A, E>(exit: Exit.Exit<A, PipelineError<E>>): PipelineError<E> => {
  assert(Exit.isFailure(exit))
  const reason = exit.cause.reasons.find(Cause.isFailReason)
  assert(reason !== undefined)
  return reason.error
}

const fail = <B, E>(build: (input: DStream.DStream<number>) => DStream.DStream<B, E>) => {
  const receiver = scripted<number>("n", [[{ wait: "1500 millis" }, { give: [10, 20, 30] }, { wait: "1 hour" }]])
  const { output } = recording(build(DStream.fromReceiver(receiver)))
  return Effect.map(
    runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "5 seconds"),
    ({ exit }) => errorOf(exit)
  )
}

const boom = (item: number): number => {
  if (item === 20) throw new RangeError("too much")
  return item
}

describe("a user function that throws", () => {
  it.effect("fails the pipeline with batch id, stage, step and item, and its error as a defect", () =>
    Effect.gen(function*() {
      const error = yield* fail((input) =>
        input.pipe(DStream.filter((n) => n > 0), DStream.map(boom), DStream.reduce((a, b) => a + b)))
      assert(error.reason._tag === "StepFailed")
      assert.deepStrictEqual(error.reason.batch, { id: 2, time: 2000 })
      assert.deepStrictEqual(
        [error.reason.stage, error.reason.step, error.reason.item],
        ["fused(filter, map(boom), reduce)", "map(boom)", 1]
      )
      assert.deepStrictEqual(error.reason.cause, Cause.die(new RangeError("too much")))
      assert.strictEqual(
        error.message,
        `Pipeline "p" failed in batch 2 (time 2000), step map(boom) of fused(filter, map(boom), reduce), item 1: RangeError: too much`
      )
    }))

  it.effect("is named in a whole-batch function", () =>
    Effect.gen(function*() {
      const error = yield* fail((input) =>
        DStream.mapBatch(input, (items) => {
          if (items.length > 0) throw new RangeError("too many")
          return items
        }))
      assert(error.reason._tag === "StepFailed")
      assert.deepStrictEqual([error.reason.batch.id, error.reason.step], [2, "mapBatch"])
    }))

  it.effect("gives its own typed error when it is an effect", () =>
    Effect.gen(function*() {
      const error = yield* fail((input) =>
        DStream.mapEffect(input, (item) => item === 20 ? Effect.fail("no such order" as const) : Effect.succeed(item)))
      assert(error.reason._tag === "StepFailed")
      assert.deepStrictEqual(error.reason.cause, Cause.fail("no such order" as const))
    }))

  const hostile: ReadonlyArray<readonly [string, () => unknown]> = [
    ["undefined", () => undefined],
    ["null", () => null],
    ["a symbol", () => Symbol("x")],
    ["an object without prototype", () => Object.create(null)],
    ["an error whose message throws", () =>
      Object.defineProperty(new Error(), "message", { get: () => { throw new Error("again") } })],
    ["a proxy that throws on every trap", () =>
      new Proxy({}, new Proxy({}, { get: () => () => { throw new Error("trap") } }))]
  ]
  for (const [what, value] of hostile) {
    it.effect(`may throw ${what}`, () =>
      Effect.gen(function*() {
        const error = yield* fail((input) => DStream.map(input, (): number => { throw value() }))
        assert(error.reason._tag === "StepFailed")
        assert.include(error.message, "batch 2")
      }))
  }
})

describe("a user function that gives the wrong thing", () => {
  it.effect("is told so when it should give an array", () =>
    Effect.gen(function*() {
      const error = yield* fail((input) => DStream.mapBatch(input, () => undefined as unknown as ReadonlyArray<number>))
      assert.include(error.message, "TypeError: the function gave undefined instead of an array")
    }))

  it.effect("is told so when it should give something to iterate over", () =>
    Effect.gen(function*() {
      const error = yield* fail((input) => DStream.flatMap(input, (n) => n as unknown as ReadonlyArray<number>))
      assert(error.reason._tag === "StepFailed" && error.reason.step === "flatMap")
    }))

  it.effect("is told so when a key is an object without an encoding", () =>
    Effect.gen(function*() {
      const error = yield* fail((input) =>
        input.pipe(DStream.keyBy((n) => ({ n }) as unknown as string), DStream.reduceByKey((left) => left)))
      assert.include(error.message, "keyBy")
      assert.notInclude(error.message, "{\"n\"")
    }))
})

describe("an output that gives no effect", () => {
  it.effect("is told so", () =>
    Effect.gen(function*() {
      const input = DStream.fromReceiver(scripted<number>("n", [[{ give: [1] }, { wait: "1 hour" }]]))
      const commit = async () => {}
      const output = DStream.foreachBatch(input, "out", commit as unknown as () => Effect.Effect<void>)
      const { exit } = yield* runFor(
        Pipeline.make("p", { batchInterval: "1 second", outputs: [output], retry: Schedule.recurs(0) }),
        "5 seconds"
      )
      assert.include(errorOf(exit).message, "TypeError: the function gave a promise instead of an Effect")
    }))
})

describe("a user function that changes its input", () => {
  it.effect("fails where batches are frozen, before another output sees what it did", () =>
    Effect.gen(function*() {
      const receiver = scripted<number>("n", [[{ give: [1, 2, 3] }, { wait: "1 hour" }]])
      const input = DStream.map(DStream.fromReceiver(receiver), (n) => n)
      const hostile = DStream.mapBatch(input, (items) => {
        ;(items as Array<number>).length = 0
        return items
      })
      const first = recording(hostile, "first")
      const second = recording(input, "second")
      const { exit } = yield* runFor(
        Pipeline.make("p", {
          batchInterval: "1 second",
          outputs: [first.output, second.output],
          freezeBatches: true
        }),
        "1 second"
      )
      assert.include(errorOf(exit).message, "step mapBatch: TypeError")
      assert.deepStrictEqual(second.batches, [])
    }))
})

describe("a refused pipeline", () => {
  it.effect("fails before anything runs, with everything that is wrong", () =>
    Effect.gen(function*() {
      let opened = 0
      const receiver = scripted<number>("n", [[]], { onOpen: () => opened++ })
      const { output } = recording(DStream.fromReceiver(receiver), "")
      const exit = yield* Effect.exit(Pipeline.run(Pipeline.make("p", { batchInterval: 0, outputs: [output] })))
      const error = errorOf(exit)
      assert(error.reason._tag === "InvalidPipeline")
      assert.strictEqual(error.reason.problems.length, 2)
      assert.strictEqual(opened, 0)
    }))

  for (const batches of [0, -1, 1.5, NaN, Infinity]) {
    it.effect(`is also one that is asked for ${batches} batches`, () =>
      Effect.gen(function*() {
        const { output } = recording(DStream.fromReceiver(scripted<number>("n", [[]])))
        const pipeline = Pipeline.make("p", { batchInterval: "1 second", outputs: [output] })
        const exit = yield* Effect.exit(Pipeline.run(pipeline, { batches }))
        assert.strictEqual(
          errorOf(exit).message,
          `Pipeline "p" cannot be compiled:\n- batches: ${batches} is not a positive whole number`
        )
      }))
  }
})
