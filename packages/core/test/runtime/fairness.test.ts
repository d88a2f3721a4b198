import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline } from "@millrace/core"
import { Clock, Effect, Fiber } from "effect"

/** Keeps the thread busy, as a user's expensive function would. */
const spin = (millis: number, now: () => bigint): void => {
  const until = now() + BigInt(millis * 1_000_000)
  while (now() < until);
}

describe("a long batch", () => {
  it.live("lets other fibers run between the slices of one stage", () =>
    Effect.gen(function*() {
      const clock = yield* Clock.Clock
      let turns = 0
      let atStart = 0
      let atEnd = 0
      const counts = DStream.fromIterable({ name: "n" }, Array.from({ length: 400 }, (_, n) => n)).pipe(
        DStream.map((n) => {
          if (n === 0) atStart = turns
          spin(1, () => clock.monotonicTimeNanosUnsafe())
          return n
        }),
        DStream.count
      )
      const output = DStream.foreachBatch(counts, "out", () => Effect.sync(() => atEnd = turns))
      const others = yield* Effect.forkChild(Effect.forever(Effect.andThen(Effect.sync(() => turns++), Effect.yieldNow)))
      yield* Pipeline.run(Pipeline.make("p", { batchInterval: "50 millis", outputs: [output] }))
      yield* Fiber.interrupt(others)
      assert.isAtLeast(atEnd - atStart, 10)
    }))

  it.live("lets other fibers run between stages that each are one long function", () =>
    Effect.gen(function*() {
      const clock = yield* Clock.Clock
      let turns = 0
      const turnsBefore: Array<number> = []
      const long = <A>(items: ReadonlyArray<A>) => {
        turnsBefore.push(turns)
        spin(15, () => clock.monotonicTimeNanosUnsafe())
        return items
      }
      const pairs = DStream.transform(DStream.fromIterable({ name: "n" }, [["a", 1]] as const), long)
      const joined = DStream.join(DStream.mapPartitions(pairs, long), DStream.transform(pairs, long))
      const output = DStream.foreachBatch(DStream.transform(joined, long), "out", ({ items }) =>
        Effect.sync(() => void long(items)))
      const others = yield* Effect.forkChild(Effect.forever(Effect.sync(() => turns++)))
      yield* Pipeline.run(Pipeline.make("p", { batchInterval: "50 millis", outputs: [output] }), { batches: 1 })
      yield* Fiber.interrupt(others)
      assert.strictEqual(turnsBefore.length, 5)
      assert.deepStrictEqual(turnsBefore, [...new Set(turnsBefore)])
    }))
})
