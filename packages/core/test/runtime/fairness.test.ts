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
})
