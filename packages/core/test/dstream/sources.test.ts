import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline } from "@millrace/core"
import { type Cause, Effect, Queue, Stream } from "effect"

const itemsOf = <A, E>(stream: DStream.DStream<A, E>) => {
  const seen: Array<A> = []
  const output = DStream.foreachBatch(stream, "seen", (batch) => Effect.sync(() => seen.push(...batch.items)))
  return Effect.as(Pipeline.run(Pipeline.make("p", { batchInterval: "1 minute", outputs: [output] })), seen)
}

async function* ticks() {
  yield "tick"
  yield "tock"
}

describe("a stream of what another shape of data gives", () => {
  it.effect("takes an iterable", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* itemsOf(DStream.fromIterable({ name: "n" }, new Set([3, 1, 2]))), [3, 1, 2])
    }))

  it.effect("takes an Effect Stream", () =>
    Effect.gen(function*() {
      const numbers = yield* itemsOf(DStream.fromStream({ name: "n" }, Stream.range(1, 5_000)))
      assert.deepStrictEqual(numbers, Array.from({ length: 5_000 }, (_, n) => n + 1))
    }))

  it.effect("takes a queue until it ends", () =>
    Effect.gen(function*() {
      const queue = yield* Queue.bounded<string, Cause.Done>(16)
      yield* Queue.offerAll(queue, ["a", "b"])
      yield* Queue.end(queue)
      assert.deepStrictEqual(yield* itemsOf(DStream.fromQueue({ name: "q" }, queue)), ["a", "b"])
    }))

  it.live("takes an async iterable", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* itemsOf(DStream.fromAsyncIterable({ name: "t" }, ticks())), ["tick", "tock"])
    }))

  it.live("takes a readable", () =>
    Effect.gen(function*() {
      const chunks = yield* itemsOf(DStream.fromReadable({ name: "r" }, () => new Blob(["to be"]).stream()))
      assert.strictEqual(chunks.map((chunk) => new TextDecoder().decode(chunk)).join(""), "to be")
    }))
})
