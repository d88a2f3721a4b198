import { assert, describe, it } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Effect, Metric, Schema } from "effect"
import { itemsOf, table } from "./support.ts"

const windows = (slideDuration: number) => (input: DStream.DStream<readonly [string, number]>) =>
  input.pipe(
    DStream.assignTimestamps({ timestamp: (at) => at, outOfOrderness: 0 }),
    DStream.groupByKeyAndEventWindow({ name: "w", windowDuration: 10, slideDuration, allowedLateness: 5, value: Schema.Number })
  )

describe("lateRecords", () => {
  table((input: DStream.DStream<readonly [string, number]>) => DStream.lateRecords(windows(10)(input)), {
    "are those of the batch, once the lateness is over, of keys that nobody knew too": [
      [[["a", 1], ["a", 14], ["a", 2]], [["a", 15], ["b", 9]], [], [["a", 3]]],
      [
        [],
        [{ key: "b", value: 9, timestamp: 9, reason: "late" }],
        [],
        [{ key: "a", value: 3, timestamp: 3, reason: "late" }]
      ]
    ]
  })

  table((input: DStream.DStream<readonly [string, number]>) => DStream.lateRecords(windows(5)(input)), {
    "are late for all their windows": [
      [[["a", 15], ["a", 7], ["a", 4]], [["a", 20], ["a", 9], ["a", 10]]],
      [[{ key: "a", value: 4, timestamp: 4, reason: "late" }], [{ key: "a", value: 9, timestamp: 9, reason: "late" }]]
    ]
  })

  it.effect("what lies in a gap is not late", () => Effect.gen(function*() {
    const late = yield* itemsOf([[["a", 9], ["a", 29], ["a", 18]]], (input: DStream.DStream<readonly [string, number]>) =>
      DStream.lateRecords(windows(20)(input)))
    assert.deepStrictEqual(late, [[]])
  }))

  it.effect("are counted, whether somebody takes them or not", () => Effect.gen(function*() {
    // In the future however far the clock is turned before the first batch is cut.
    const future = Date.UTC(2255, 0)
    const batches = [[["a", 1], ["a", 30], ["a", 2], ["a", future]], [["a", 3]], [["a", 31]]] as const
    yield* TestPipeline.run(batches, windows(10))
    const snapshots = yield* Metric.snapshot
    const counted = snapshots.filter(({ id }) => id === "millrace_late_records_total").map(({ attributes, state }) => [attributes, state])
    assert.deepStrictEqual<unknown>(counted, [
      [{ pipeline: "test", window: "w", reason: "late" }, { count: 2, incremental: true }],
      [{ pipeline: "test", window: "w", reason: "future" }, { count: 1, incremental: true }]
    ])
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
})
