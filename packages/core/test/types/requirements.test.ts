/** What a pipeline may fail with and what it needs: the union over its receivers, operators and outputs. */
import { describe, expectTypeOf, it } from "@effect/vitest"
import { type Batch, BatchSink, type DeadLetters, DStream, Pipeline, type PipelineError, Receiver, type StateStore } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Context, Effect, type Layer, type Scope, Stream } from "effect"

class Source extends Context.Service<Source, Stream.Stream<number, "source">>()("test/Source") {}
class Prices extends Context.Service<Prices, (n: number) => Effect.Effect<string, "price">>()("test/Prices") {}
type Texts = ReadonlyArray<string>
class Table extends Context.Service<Table, (items: Texts) => Effect.Effect<Texts, "table">>()("test/Table") {}
class Disk extends Context.Service<Disk, (text: string) => Effect.Effect<void, "disk">>()("test/Disk") {}

const input = DStream.fromStream({ name: "n" }, Stream.unwrap(Source))
const priced = input.pipe(DStream.mapEffect((n) => Effect.flatMap(Prices, (price) => price(n))))
const tabled = priced.pipe(DStream.transformEffect((items) => Effect.flatMap(Table, (table) => table(items))))
const save = (batch: Batch.Batch<string>) => Effect.flatMap(Disk, (disk) => disk(batch.items.join()))
const saved = DStream.foreachBatch(tabled, "saved", save)

describe("E and R", () => {
  it("grow by every operator that is an effect", () => {
    expectTypeOf(input).toEqualTypeOf<DStream.DStream<number, "source", Source>>()
    expectTypeOf(priced).toEqualTypeOf<DStream.DStream<string, "source" | "price", Source | Prices>>()
    expectTypeOf(tabled).toEqualTypeOf<
      DStream.DStream<string, "source" | "price" | "table", Source | Prices | Table>
    >()
  })

  it("grow by the output", () => {
    expectTypeOf(saved).toEqualTypeOf<
      DStream.Output<"source" | "price" | "table" | "disk", Source | Prices | Table | Disk>
    >()
    expectTypeOf(tabled.pipe(DStream.foreachBatch("saved", save))).toEqualTypeOf<typeof saved>()
    const sink = BatchSink.make(save)
    expectTypeOf(sink).toEqualTypeOf<BatchSink.BatchSink<string, "disk", Disk>>()
    expectTypeOf(DStream.to(priced, "saved", sink)).toEqualTypeOf<
      DStream.Output<"source" | "price" | "disk", Source | Prices | Disk>
    >()
    expectTypeOf(priced.pipe(DStream.to("saved", sink))).toEqualTypeOf<
      DStream.Output<"source" | "price" | "disk", Source | Prices | Disk>
    >()
    expectTypeOf(input.pipe(DStream.foreachBatch("none", () => Effect.void)))
      .toEqualTypeOf<DStream.Output<"source", Source>>()
  })

  it("are those of all outputs of a pipeline", () => {
    const more = DStream.fromIterable({ name: "m" }, [1])
    const other = DStream.foreachBatch(more, "other", () => Effect.fail("other" as const))
    const both = Pipeline.make("p", { batchInterval: "1 second", outputs: [saved, other] })
    expectTypeOf(both).toEqualTypeOf<
      Pipeline.Pipeline<"source" | "price" | "table" | "disk" | "other", Source | Prices | Table | Disk>
    >()
    const pure = Pipeline.make("p", {
      batchInterval: "1 second",
      outputs: [DStream.fromIterable({ name: "m" }, [1]).pipe(DStream.foreachBatch("out", () => Effect.void))]
    })
    expectTypeOf(pure).toEqualTypeOf<Pipeline.Pipeline<never, never>>()
  })

  it("a scope is the engine's: neither receivers nor sinks ask the pipeline for one", () => {
    const receiver = Receiver.perBatch({ name: "r", open: () => Effect.as(Effect.scope, () => Effect.succeedNone) })
    expectTypeOf(receiver).toExtend<Receiver.Receiver<unknown>>()
    const sink = BatchSink.fromOpen({
      commitClass: "AtLeastOnce",
      open: () =>
        Effect.as(Effect.scope, { lastCommitted: Effect.succeedNone, commit: (_: Batch.Batch<number>) => Effect.void })
    })
    expectTypeOf(sink).toEqualTypeOf<BatchSink.BatchSink<number>>()
  })
})

describe("dead letters", () => {
  const parsed = DStream.fromIterable({ name: "m" }, ["1"]).pipe(DStream.map((text) => Number(text)))
  const sink = BatchSink.make((_: Batch.Batch<number>) => Effect.fail("full" as const))
  type Service = DeadLetters.DeadLetters

  it("are asked for where a step, an operator or an output sets something aside", () => {
    expectTypeOf(DStream.onError(parsed, "dead-letter")).toEqualTypeOf<DStream.DStream<number, never, Service>>()
    expectTypeOf(parsed.pipe(DStream.onError("dead-letter"))).toEqualTypeOf<DStream.DStream<number, never, Service>>()
    expectTypeOf(DStream.to(parsed, "out", sink, { onError: "dead-letter" })).toEqualTypeOf<DStream.Output<"full", Service>>()
    expectTypeOf(parsed.pipe(DStream.to("out", sink, { onError: "dead-letter" }))).toEqualTypeOf<
      DStream.Output<"full", Service>
    >()
    const distinct = DStream.distinct(parsed, { name: "seen", maxKeys: 10, onMaxKeys: "dead-letter" })
    expectTypeOf(distinct).toEqualTypeOf<DStream.DStream<number, never, StateStore | Service>>()
  })

  it("are not asked for elsewhere", () => {
    expectTypeOf(DStream.onError(parsed, "drop")).toEqualTypeOf<DStream.DStream<number>>()
    expectTypeOf(parsed.pipe(DStream.onError("fail"))).toEqualTypeOf<DStream.DStream<number>>()
    expectTypeOf(DStream.to(parsed, "out", sink, { onError: "fail" })).toEqualTypeOf<DStream.Output<"full">>()
    const distinct = DStream.distinct(parsed, { name: "seen", maxKeys: 10, onMaxKeys: "expireOldest" })
    expectTypeOf(distinct).toEqualTypeOf<DStream.DStream<number, never, StateStore>>()
    expectTypeOf(DStream.distinct(parsed, { name: "seen" })).toEqualTypeOf<DStream.DStream<number, never, StateStore>>()
  })
})

describe("running", () => {
  const pipeline = Pipeline.make("p", {
    batchInterval: "1 second",
    outputs: [DStream.foreachBatch(priced, "priced", () => Effect.void)]
  })

  it("asks for everything, and fails with a PipelineError that carries everything", () => {
    expectTypeOf(Pipeline.run(pipeline)).toEqualTypeOf<
      Effect.Effect<void, PipelineError<"source" | "price">, Source | Prices>
    >()
    expectTypeOf(Pipeline.start(pipeline)).toExtend<
      Effect.Effect<
        Pipeline.RunningPipeline<"source" | "price">,
        PipelineError<"source" | "price">,
        Source | Prices | Scope.Scope
      >
    >()
    expectTypeOf(Pipeline.layer(pipeline)).toExtend<
      Layer.Layer<never, PipelineError<"source" | "price">, Source | Prices>
    >()
  })

  it("finds the errors of its parts in the cause of the reason", () => {
    const error = Effect.flip(Pipeline.run(pipeline))
    const typed = Effect.map(error, ({ reason }) => {
      switch (reason._tag) {
        case "StepFailed":
        case "ReceiverFailed":
        case "OutputFailed":
          return reason.cause.reasons.flatMap((each) => each._tag === "Fail" ? [each.error] : [])
        case "InvalidPipeline":
        case "CheckpointFailed":
        case "StateFailed":
        case "DrainTimedOut":
          return []
      }
    })
    expectTypeOf(typed).toEqualTypeOf<Effect.Effect<Array<"source" | "price">, void, Source | Prices>>()
  })

  it("a test run fails with the same and needs the same", () => {
    const run = TestPipeline.run([[1]], (numbers) =>
      DStream.mapEffect(numbers, (n) => Effect.flatMap(Prices, (price) => price(n))))
    expectTypeOf(run).toEqualTypeOf<
      Effect.Effect<ReadonlyArray<Batch.Batch<string>>, PipelineError<"price">, Prices>
    >()
  })

  it("a service that is provided is no longer asked for", () => {
    const provided = Pipeline.run(pipeline).pipe(Effect.provideService(Source, Stream.empty))
    expectTypeOf(provided).toEqualTypeOf<Effect.Effect<void, PipelineError<"source" | "price">, Prices>>()
  })
})
