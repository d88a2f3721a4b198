import { assert, describe, it } from "@effect/vitest"
import { DStream, Pipeline, PipelineEvent } from "@millrace/core"
import { Effect, Logger, Metric, Option, References, Schema, Stream, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { recording, runFor, scripted } from "./fixtures.ts"

const pipelineOf = (name: string) => {
  const receiver = scripted<string>("words", [[{ give: ["a", "b"] }, { wait: "1200 millis" }, { give: ["c"] }, { wait: "1 hour" }]])
  const { output } = recording(DStream.map(DStream.fromReceiver(receiver), (word) => word), "table")
  return Pipeline.make(name, { batchInterval: "1 second", outputs: [output] })
}

describe("events", () => {
  it.effect("have a Schema that takes every one of them to JSON and back", () =>
    Effect.gen(function*() {
      const { events } = yield* runFor(pipelineOf("p"), "2 seconds")
      const codec = Schema.fromJsonString(Schema.Array(PipelineEvent))
      const text = yield* Schema.encodeEffect(codec)(events)
      assert.deepStrictEqual(yield* Schema.decodeEffect(codec)(text), events)
      assert.isAtLeast(events.length, 12)
    }))

  it.effect("carry input sizes per receiver and delays", () =>
    Effect.gen(function*() {
      const { events } = yield* runFor(pipelineOf("p"), "1 second")
      const completed = events.find((event) => event._tag === "BatchCompleted")
      assert.deepStrictEqual(completed?.batch, {
        id: 1,
        time: 1000,
        records: 2,
        missedBoundaries: 0,
        inputs: [{ receiver: "words", records: 2, bytes: 20 }]
      })
      assert.deepStrictEqual(completed?.delays, { schedulingDelay: 0, processingDelay: 0, totalDelay: 0 })
    }))

  it.effect("do not wait for a subscriber who lags: it misses the oldest and the run goes on", () =>
    Effect.gen(function*() {
      const { output } = recording(DStream.fromReceiver(scripted<string>("words", [[{ wait: "10 hours" }]])))
      const running = yield* Pipeline.start(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }))
      const seen: Array<PipelineEvent> = []
      yield* running.events.pipe(
        Stream.rechunk(1),
        Stream.runForEach((event) => Effect.andThen(Effect.sync(() => seen.push(event)), Effect.sleep("1 hour"))),
        Effect.forkChild({ startImmediately: true })
      )
      yield* TestClock.adjust("2 hours")
      assert.strictEqual((yield* running.metrics).completedBatches, 7200)
      yield* TestClock.adjust("2 hours")
      const ids = seen.flatMap((event) => "batch" in event ? [event.batch.id] : [])
      assert.isAtMost(seen.length, 5)
      assert.isAbove(Math.max(...ids), 1000, "it goes on with newer events")
    }))
})

const valueOf = (snapshots: ReadonlyArray<Metric.Metric.Snapshot>, id: string, attributes: Record<string, string>): unknown =>
  snapshots.find((snapshot) =>
    snapshot.id === id && Object.entries(attributes).every(([key, value]) => snapshot.attributes?.[key] === value)
  )?.state

describe("metrics", () => {
  it.effect("count batches, records and delays under their documented names", () =>
    Effect.gen(function*() {
      yield* runFor(pipelineOf("measured"), "2 seconds")
      const all = yield* Metric.snapshot
      const at = { pipeline: "measured" }
      assert.deepStrictEqual(valueOf(all, "millrace_batches_total", { ...at, status: "completed" }), { count: 2, incremental: true })
      assert.deepStrictEqual(valueOf(all, "millrace_records_received_total", { ...at, receiver: "words" }), {
        count: 3,
        incremental: true
      })
      assert.deepStrictEqual(valueOf(all, "millrace_records_written_total", { ...at, sink: "table" }), {
        count: 3,
        incremental: true
      })
      assert.deepStrictEqual(valueOf(all, "millrace_receiver_active", { ...at, receiver: "words" }), { value: 0 })
      for (const name of ["scheduling_delay", "processing", "total_delay"]) {
        assert.isDefined(valueOf(all, `millrace_batch_${name}_seconds`, at))
      }
    }))

  it.effect("are also what a running pipeline says of itself", () =>
    Effect.gen(function*() {
      const { metrics } = yield* runFor(pipelineOf("p"), "2 seconds")
      assert.deepStrictEqual([metrics.completedBatches, metrics.processedRecords, metrics.waitingRecords], [2, 3, 0])
      assert.deepStrictEqual(metrics.receivers.map(({ name, active, records, lastRecordAt }) => ({ name, active, records, lastRecordAt })), [
        { name: "words", active: false, records: 3, lastRecordAt: 2000 }
      ])
      assert.strictEqual(metrics.lastBatch?.batch.id, 2)
    }))
})

describe("spans", () => {
  it.effect("are one per batch, with a child per stage and output", () =>
    Effect.gen(function*() {
      const spans: Array<Tracer.Span> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      yield* Effect.provideService(runFor(pipelineOf("p"), "1 second"), Tracer.Tracer, tracer)
      const batch = spans.find((span) => span.name === "millrace.batch")
      assert.deepStrictEqual(batch && Object.fromEntries(batch.attributes), {
        "millrace.pipeline": "p",
        "millrace.batch.id": 1,
        "millrace.batch.time": 1000,
        "millrace.batch.records": 2,
        "millrace.batch.attempt": 1
      })
      const children = spans.filter((span) => Option.isSome(span.parent) && span.parent.value === batch)
      assert.deepStrictEqual(children.map((span) => span.name), [
        "millrace.step words",
        "millrace.step map",
        "millrace.output table"
      ])
      assert.isTrue(spans.every((span) => span.status._tag === "Ended"))
    }))
})

describe("logs", () => {
  it.effect("of user code carry pipeline and batch id", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const logger = Logger.make((options) => {
        if (Array.isArray(options.message) && options.message[0] === "hello") {
          seen.push({ ...options.fiber.getRef(References.CurrentLogAnnotations) })
        }
      })
      const input = DStream.fromReceiver(scripted<string>("words", [[{ give: ["a"] }, { wait: "1 hour" }]]))
      const output = DStream.foreachBatch(input, "table", () => Effect.log("hello"))
      yield* Effect.provide(
        runFor(Pipeline.make("p", { batchInterval: "1 second", outputs: [output] }), "2 seconds"),
        Logger.layer([logger])
      )
      assert.deepStrictEqual(seen, [
        { "millrace.pipeline": "p", "millrace.batch": 1 },
        { "millrace.pipeline": "p", "millrace.batch": 2 }
      ])
    }))
})
