import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline, Receiver } from "@millrace/core"
import { Context, Data, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { recording } from "../../runtime/fixtures.ts"

class Torn extends Data.TaggedError("Torn")<{}> {}

class Log extends Context.Service<Log, { readonly records: Array<number> }>()("test/Log") {}

const readings: Array<readonly [number, number]> = []

const receiver = (options: Partial<Receiver.Options> & { readonly failAt?: number } = {}) =>
  Receiver.ranges({
    name: "log",
    ...options,
    position: Schema.Int,
    start: 0,
    latest: Effect.map(Log, ({ records }) => records.length),
    limit: (from, latest, maxRecords) => Math.min(latest, from + maxRecords),
    read: (from, until) =>
      Effect.gen(function*() {
        readings.push([from, until])
        if (readings.length === options.failAt) return yield* new Torn()
        const { records } = yield* Log
        return records.slice(from, until)
      })
  })

const run = (from: Receiver.Receiver<number, Torn, Log>, records: Array<number>, seconds: number) =>
  Effect.scoped(Effect.gen(function*() {
    readings.length = 0
    const { batches, output } = recording(DStream.fromReceiver(from))
    const pipeline = Pipeline.make("p", { batchInterval: "1 second", outputs: [output] })
    yield* Effect.provideService(Pipeline.start(pipeline), Log, { records })
    yield* TestClock.adjust(`${seconds} seconds`)
    return batches
  }))

describe("ranges", () => {
  it.effect("gives each batch the range that its rate allows, and every record once", () =>
    Effect.gen(function*() {
      const batches = yield* run(receiver({ initialRate: 3, maxRate: 3 }), [1, 2, 3, 4, 5, 6, 7], 4)
      assert.deepStrictEqual(batches.map((batch) => batch.items), [[1, 2, 3], [4, 5, 6], [7], []])
      assert.deepStrictEqual(readings, [[0, 3], [3, 6], [6, 7]])
    }))

  it.effect("sees what was appended since", () =>
    Effect.gen(function*() {
      const records = [1]
      readings.length = 0
      const { batches, output } = recording(DStream.fromReceiver(receiver()))
      const pipeline = Pipeline.make("p", { batchInterval: "1 second", outputs: [output] })
      yield* Effect.provideService(Pipeline.start(pipeline), Log, { records })
      yield* TestClock.adjust("1500 millis")
      records.push(2, 3)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(batches.map((batch) => batch.items), [[1], [2, 3]])
    }))

  it.effect("reads the same range again after a failure", () =>
    Effect.gen(function*() {
      const batches = yield* run(receiver({ initialRate: 2, maxRate: 2, failAt: 2 }), [1, 2, 3, 4], 5)
      assert.deepStrictEqual(batches.flatMap((batch) => batch.items), [1, 2, 3, 4])
      assert.deepStrictEqual(readings[2]?.[0], 2)
    }))
})
