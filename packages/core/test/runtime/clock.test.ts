import { assert, describe, it } from "@effect/vitest"
import { type Batch, BatchSink, CheckpointStore, DStream, Pipeline, Receiver } from "@millrace/core"
import { Clock, Duration, Effect, Option, Stream } from "effect"
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

const start = 1_700_000_000_000

/** Batch times of a run whose sink knows this time, where it is asked for one that late. */
const timesAfter = (known: number, batchInterval: Duration.Input) =>
  Effect.gen(function*() {
    const seen: Array<number> = []
    const clock = new SteppedClock([])
    const sink = BatchSink.fromOpen({
      commitClass: "IdempotentByBatch",
      open: () =>
        Effect.succeed({
          lastCommitted: Effect.succeedNone,
          lastTime: (until: number) => Effect.succeed(known <= until ? Option.some(known) : Option.none()),
          commit: (batch: Batch.Batch<unknown>) => Effect.sync(() => void seen.push(batch.time, clock.currentTimeMillisUnsafe()))
        })
    })
    const receiver = Receiver.fromStream({ name: "nothing" }, Stream.never)
    const pipeline = Pipeline.make("p", { batchInterval, outputs: [DStream.to(DStream.fromReceiver(receiver), "out", sink)] })
    yield* Effect.provideService(Pipeline.run(pipeline, { batches: 2 }), Clock.Clock, clock)
    return seen.map((time) => time - start)
  })

describe("batch times after those that a sink knows", () => {
  const cases: ReadonlyArray<readonly [what: string, known: number, times: ReadonlyArray<number>]> = [
    ["a time that has passed changes nothing", start - 60_000, [10_000, 10_000, 20_000, 20_000]],
    ["the boundary that a drain took is left to it", start + 10_000, [20_000, 20_000, 30_000, 30_000]],
    ["one further ahead is followed by whole intervals", start + 50_000, [60_000, 20_000, 70_000, 30_000]],
    ["one of a far future is passed over", start + 10 * 24 * 3_600_000, [10_000, 10_000, 20_000, 20_000]]
  ]
  for (const [what, known, expected] of cases) {
    it.effect(what, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* timesAfter(known, "10 seconds"), expected)
      }))
  }

  it.effect("a drain and a start within one interval leave the boundaries of a checkpoint on the wall clock", () =>
    Effect.gen(function*() {
      const seen: Array<number> = []
      const clock = new SteppedClock([])
      const once = (numbers: Stream.Stream<number>, batches: number | undefined) => {
        const receiver = Receiver.fromStream({ name: "n" }, numbers)
        const timed = DStream.transform(DStream.fromReceiver(receiver), (items, time) => {
          seen.push(time - start, clock.currentTimeMillisUnsafe() - start)
          return items
        })
        const output = DStream.foreachBatch(timed, "out", () => Effect.void)
        return Pipeline.run(Pipeline.make("p", { batchInterval: "10 seconds", outputs: [output] }), { batches })
      }
      yield* once(Stream.make(1), undefined).pipe(
        Effect.andThen(once(Stream.never, 2)),
        Effect.provide(CheckpointStore.layerMemory),
        Effect.provideService(Clock.Clock, clock)
      )
      assert.deepStrictEqual(seen, [10_000, 500, 20_000, 20_000, 30_000, 30_000])
    }))
})
