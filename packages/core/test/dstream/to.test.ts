import { assert, describe, it } from "@effect/vitest"
import { type Batch, BatchSink, DStream, Pipeline } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"

/** A sink that keeps batches and what happened to it. */
const keeping = () => {
  const batches: Array<Batch.Batch<unknown>> = []
  const life: Array<string> = []
  const sink = BatchSink.fromOpen<unknown>({
    commitClass: "IdempotentByBatch",
    open: ({ output, pipeline }) =>
      Effect.sync(() => {
        life.push(`open ${pipeline}/${output}`)
        return {
          lastCommitted: Effect.succeed(Option.none()),
          commit: (batch: Batch.Batch<unknown>) => Effect.sync(() => void batches.push(batch))
        }
      })
  })
  return { batches, life, sink }
}

const run = <E>(outputs: ReadonlyArray<DStream.Output<E>>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(
      Pipeline.run(Pipeline.make("p", { batchInterval: "1 second", outputs })),
      { startImmediately: true }
    )
    for (let i = 0; i < 20 && fiber.pollUnsafe() === undefined; i++) yield* TestClock.adjust("1 second")
    assert.strictEqual(fiber.pollUnsafe()?._tag, "Success")
  })

const input = DStream.fromIterable({ name: "words" }, ["to", "be"])

describe("to", () => {
  it.effect("leads every batch into the sink, and tells it who writes", () =>
    Effect.gen(function*() {
      const { batches, life, sink } = keeping()
      yield* run([DStream.to(input, "kept", sink)])
      assert.deepStrictEqual(batches.flatMap(({ items }) => items), ["to", "be"])
      assert.deepStrictEqual(life, ["open p/kept"])
    }))

  it.effect("is written data last, at the end of a pipe", () =>
    Effect.gen(function*() {
      const { batches, sink } = keeping()
      yield* run([input.pipe(DStream.map((word) => word.length), DStream.to("lengths", sink))])
      assert.deepStrictEqual(batches.flatMap(({ items }) => items), [2, 2])
    }))

  it.effect("one sink may serve several outputs, and is opened for each", () =>
    Effect.gen(function*() {
      const { batches, life, sink } = keeping()
      yield* run([DStream.to(input, "first", sink), DStream.to(DStream.count(input), "second", sink)])
      assert.deepStrictEqual(life, ["open p/first", "open p/second"])
      const items = batches.flatMap((batch) => batch.items)
      assert.deepStrictEqual(items.filter((item) => typeof item === "string"), ["to", "be"])
      assert.isAbove(items.filter((item) => typeof item === "number").length, 0)
    }))

  it.effect("one stream may have several outputs, and is computed once", () =>
    Effect.gen(function*() {
      let calls = 0
      const shared = DStream.map(input, (word) => {
        calls++
        return word
      })
      const [first, second] = [keeping(), keeping()]
      yield* run([DStream.to(shared, "first", first.sink), DStream.to(shared, "second", second.sink)])
      assert.deepStrictEqual(first.batches, second.batches)
      assert.strictEqual(calls, 2)
    }))

  it("is plain data that keeps the name and the very sink", () => {
    const { sink } = keeping()
    const output = DStream.to(input, "kept", sink)
    assert.strictEqual(output.name, "kept")
    assert(output.sink === sink)
  })

  it.effect("is what foreachBatch is made of", () =>
    Effect.gen(function*() {
      const out = yield* TestPipeline.run([[1], []], (numbers) => DStream.map(numbers, (n) => n + 1))
      assert.deepStrictEqual(out.map(({ items }) => items), [[2], []])
    }))
})
