import { assert, describe, it } from "@effect/vitest"
import { type Cause, Effect, Exit, Fiber, Queue } from "effect"
import { fromQueue } from "../../../src/dstream/receivers/fromQueue.ts"
import { openPull, recordsOf } from "./support.ts"

describe("fromQueue", () => {
  it.effect("takes what waits, in order, and ends after the last element", () =>
    Effect.gen(function*() {
      const queue = yield* Queue.unbounded<number, Cause.Done>()
      yield* Queue.offerAll(queue, [1, 2, 3])
      yield* Queue.end(queue)
      assert.deepStrictEqual(yield* recordsOf(fromQueue({ name: "q" }, queue)), [1, 2, 3])
    }))

  it.effect("fails as the queue fails", () =>
    Effect.gen(function*() {
      const queue = yield* Queue.unbounded<number, "broken">()
      yield* Queue.fail(queue, "broken")
      assert.deepStrictEqual(yield* Effect.exit(recordsOf(fromQueue({ name: "q" }, queue))), Exit.fail("broken" as const))
    }))

  it.effect("takes nothing before it is pulled, so that a bounded queue holds back who offers", () =>
    Effect.gen(function*() {
      const queue = yield* Queue.bounded<number>(2)
      const pull = yield* openPull(fromQueue({ name: "q" }, queue))
      const offering = yield* Effect.forkChild(Queue.offerAll(queue, [1, 2, 3]), { startImmediately: true })
      yield* Effect.yieldNow
      assert.isUndefined(offering.pollUnsafe())
      const [block] = yield* pull
      assert.deepStrictEqual(block.payload, [1, 2])
      yield* Fiber.join(offering)
      assert.strictEqual(yield* Queue.size(queue), 1)
    }))

  it.effect("goes on with the same queue when it is opened again", () =>
    Effect.gen(function*() {
      const queue = yield* Queue.unbounded<number, Cause.Done>()
      const receiver = fromQueue({ name: "q" }, queue)
      yield* Queue.offer(queue, 1)
      yield* Effect.scoped(Effect.flatMap(openPull(receiver), (pull) => pull))
      yield* Queue.offer(queue, 2)
      yield* Queue.end(queue)
      assert.deepStrictEqual(yield* recordsOf(receiver), [2])
    }))

  it.effect("cuts what waits into blocks that are not too large", () =>
    Effect.gen(function*() {
      const queue = yield* Queue.unbounded<number, Cause.Done>()
      yield* Queue.offerAll(queue, Array.from({ length: 20_000 }, (_, i) => i))
      const pull = yield* openPull(fromQueue({ name: "q" }, queue))
      assert.strictEqual((yield* pull)[0].records, 16_384)
      assert.strictEqual((yield* pull)[0].records, 3_616)
    }))
})
