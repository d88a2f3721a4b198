import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline, Receiver } from "@millrace/core"
import { Clock, Duration, Effect, Stream } from "effect"
import { recording } from "./fixtures.ts"

/** A clock whose wall time can be set apart from its monotonic time. A sleep passes at once. */
class SteppedClock implements Clock.Clock {
  private elapsed = 0
  private wall = 1_700_000_000_500
  private readonly steps: ReadonlyArray<readonly [afterMillis: number, byMillis: number]>
  constructor(steps: ReadonlyArray<readonly [afterMillis: number, byMillis: number]>) {
    this.steps = steps
  }
  private pass(millis: number): void {
    const before = this.elapsed
    this.elapsed += millis
    this.wall += millis
    for (const [after, by] of this.steps) if (before < after && this.elapsed >= after) this.wall += by
  }
  currentTimeMillisUnsafe = (): number => this.wall
  readonly currentTimeMillis = Effect.sync(this.currentTimeMillisUnsafe)
  currentTimeNanosUnsafe = (): bigint => BigInt(this.wall) * 1_000_000n
  readonly currentTimeNanos = Effect.sync(this.currentTimeNanosUnsafe)
  monotonicTimeNanosUnsafe = (): bigint => BigInt(this.elapsed) * 1_000_000n
  readonly monotonicTimeNanos = Effect.sync(this.monotonicTimeNanosUnsafe)
  readonly sleep = (duration: Duration.Duration) =>
    Effect.andThen(Effect.sync(() => this.pass(Duration.toMillis(duration))), Effect.yieldNow)
}

const times = (steps: ReadonlyArray<readonly [number, number]>, count: number) =>
  Effect.gen(function*() {
    const receiver = Receiver.fromStream({ name: "nothing" }, Stream.never)
    const { batches, output } = recording(DStream.fromReceiver(receiver))
    const pipeline = Pipeline.make("p", { batchInterval: "1 second", outputs: [output] })
    yield* Effect.provideService(Pipeline.run(pipeline, { batches: count }), Clock.Clock, new SteppedClock(steps))
    return batches.map((batch) => batch.time - 1_700_000_000_000)
  })

describe("batch times", () => {
  it.effect("start at the next multiple of the interval on the wall clock", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* times([], 3), [1000, 2000, 3000])
    }))

  it.effect("go on by the monotonic clock while the wall clock is set back, and never repeat", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* times([[1500, -10_000]], 5), [1000, 2000, 3000, 4000, 5000])
    }))

  it.effect("leap with the wall clock when it is set forward, in one batch", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* times([[1500, 10_000]], 4), [1000, 12_000, 13_000, 14_000])
    }))
})
