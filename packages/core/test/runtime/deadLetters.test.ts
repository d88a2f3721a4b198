import { assert, describe, it } from "@effect/vitest"
import { BatchSink, CheckpointStore, DeadLetters, DStream, Pipeline } from "@millrace/core"
import { Arbitrary, Data, Effect, Layer, Schedule, Schema } from "effect"
import { errorOf, runFor, scripted } from "./fixtures.ts"
import { rows } from "./evolving.ts"

class Refusal extends Data.TaggedError("Refusal")<{ readonly isRetryable: boolean }> {
  override get message() {
    return "no room in the table"
  }
}

const bad = (n: number): boolean => n % 10 === 7

const whole = (n: number): number => {
  if (bad(n)) throw new RangeError("seven")
  return n
}

const listed = DeadLetters.DeadLetters.use((service) => service.list("p"))

const both = Layer.merge(CheckpointStore.layerMemory, DeadLetters.layerMemory)

const retry = Schedule.recurs(1)

describe("dead letters of a run", () => {
  it.effect("are counted, and dropped records too", () =>
    Effect.gen(function*() {
      const input = DStream.fromReceiver(scripted<number>("n", [[{ give: [1, 7, 17] }, { wait: "2500 millis" }, { give: [27] }]]))
      const pipeline = Pipeline.make("p", {
        batchInterval: "1 second",
        outputs: [
          DStream.foreachBatch(input.pipe(DStream.map(whole), DStream.onError("dead-letter")), "kept", () => Effect.void),
          DStream.foreachBatch(input.pipe(DStream.filter((n) => whole(n) > 0), DStream.onError("drop")), "left", () => Effect.void)
        ]
      })
      const { metrics } = yield* runFor(pipeline, "5 seconds")
      assert.deepStrictEqual([metrics.deadLetters, metrics.droppedRecords], [3, 3])
      assert.deepStrictEqual((yield* listed).map(({ batch }) => batch), [1, 1, 3])
    }).pipe(Effect.provide(DeadLetters.layerMemory)))

  it.effect("end the run when there are more than ten thousand in a batch", () =>
    Effect.gen(function*() {
      const all = (count: number) =>
        Pipeline.make("p", {
          batchInterval: "1 second",
          outputs: [DStream.foreachBatch(
            DStream.fromReceiver(scripted<number>("n", [[{ give: Array.from({ length: count }, () => 7) }]])).pipe(
              DStream.map(whole),
              DStream.onError("dead-letter")
            ),
            "out",
            () => Effect.void
          )]
        })
      const { exit } = yield* runFor(all(10_001), "1 minute")
      const { reason } = errorOf(exit)
      assert(reason._tag === "StepFailed")
      assert.include(errorOf(exit).message, "TooManyDeadLetters: more than 10000 records")
      assert.deepStrictEqual(yield* listed, [])
      yield* runFor(all(10_000), "1 minute")
      assert.lengthOf(yield* listed, 10_000)
    }).pipe(Effect.provide(DeadLetters.layerMemory)))

  it.live("are delivered once, whichever output it was that ended the run", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      let breaks = true
      const input = DStream.fromReceiver(rows([["a", 1], ["b", 7], ["c", 2]]))
      const pipeline = Pipeline.make("p", {
        batchInterval: "5 millis",
        retry,
        outputs: [DStream.to(
          input.pipe(DStream.mapValues(whole), DStream.onError("dead-letter")),
          "seen",
          BatchSink.make((batch: { readonly items: ReadonlyArray<unknown> }) =>
            Effect.suspend(() => breaks ? Effect.die("power") : Effect.sync(() => void seen.push(...batch.items))))
        )]
      })
      yield* Effect.exit(Pipeline.run(pipeline))
      assert.deepStrictEqual(yield* listed, [])
      breaks = false
      yield* Pipeline.run(pipeline)
      yield* Pipeline.run(pipeline)
      assert.deepStrictEqual(seen, [["a", 1], ["c", 2]])
      const letters = yield* listed
      assert.deepStrictEqual(letters.map(({ batch, name, position }) => [batch, name, position]), [[1, "mapValues(whole)", 3]])
    }).pipe(Effect.provide(both)))
})

describe("an output that refuses a batch for good", () => {
  const refusing = (
    batches: ReadonlyArray<ReadonlyArray<number>>,
    commit: (items: ReadonlyArray<number>) => Effect.Effect<void, Refusal>,
    seen: Array<number> = []
  ) => {
    const script = [{ wait: "500 millis" } as const, ...batches.flatMap((give) => [{ give }, { wait: "1 second" } as const])]
    const sink = BatchSink.make((batch: { readonly items: ReadonlyArray<number> }) =>
      Effect.andThen(commit(batch.items), Effect.sync(() => void seen.push(...batch.items))))
    return Pipeline.make("p", {
      batchInterval: "1 second",
      retry,
      outputs: [
        DStream.fromReceiver(scripted<number>("n", [script])).pipe(DStream.to("table", sink, { onError: "dead-letter" }))
      ]
    })
  }

  it.effect("is passed over: its items are dead letters, and the run goes on", () =>
    Effect.gen(function*() {
      const seen: Array<number> = []
      let tries = 0
      const commit = (items: ReadonlyArray<number>) =>
        Effect.suspend(() => {
          tries++
          return items.some(bad) ? Effect.fail(new Refusal({ isRetryable: items.includes(17) })) : Effect.void
        })
      const { exit, metrics } = yield* runFor(refusing([[1, 7], [2], [17]], commit, seen), "1 minute")
      assert.strictEqual(exit._tag, "Success")
      assert.deepStrictEqual(seen, [2])
      assert.strictEqual(metrics.deadLetters, 3)
      const letters = yield* listed
      assert.deepStrictEqual(
        letters.map(({ batch, error, from, name }) => [batch, from, name, error.name]),
        [[1, "output", "table", "Refusal"], [1, "output", "table", "Refusal"], [3, "output", "table", "Refusal"]]
      )
      assert.isAbove(tries, 3)
    }).pipe(Effect.provide(DeadLetters.layerMemory)))

  it.effect("and may have taken it fails the run: nobody knows whether its items are there", () =>
    Effect.gen(function*() {
      let tries = 0
      // The first try gives no answer, the second is refused for good.
      const commit = () =>
        Effect.suspend(() => tries++ === 0 ? Effect.never : Effect.fail(new Refusal({ isRetryable: false })))
      const { exit } = yield* runFor(refusing([[1, 7]], commit), "5 minutes")
      const { reason } = errorOf(exit)
      assert(reason._tag === "OutputFailed")
      assert.strictEqual(reason.attempts, 2)
      const never = yield* runFor(refusing([[1]], () => Effect.never), "5 minutes")
      assert.include(errorOf(never.exit).message, "the commitTimeout")
      assert.deepStrictEqual(yield* listed, [])
    }).pipe(Effect.provide(both)))

  it.effect("fails the run with a defect, and with more items than are set aside", () =>
    Effect.gen(function*() {
      const dying = yield* runFor(refusing([[1]], () => Effect.die("a bug")), "1 minute")
      assert.strictEqual(errorOf(dying.exit).reason._tag, "OutputFailed")
      const many = refusing([Array.from({ length: 10_001 }, () => 1)], () => Effect.fail(new Refusal({ isRetryable: false })))
      assert.strictEqual(errorOf((yield* runFor(many, "1 minute")).exit).reason._tag, "OutputFailed")
      assert.deepStrictEqual(yield* listed, [])
    }).pipe(Effect.provide(DeadLetters.layerMemory)))

  it.live("is not asked again for a batch that was set aside before a crash", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      let first = true
      const input = DStream.fromReceiver(rows([["a", 1], ["b", 2]]))
      const table = BatchSink.make((batch: { readonly items: ReadonlyArray<unknown> }) =>
        Effect.suspend(() =>
          first ? Effect.fail(new Refusal({ isRetryable: false })) : Effect.sync(() => void seen.push(...batch.items))))
      const after = BatchSink.make(() => Effect.suspend(() => first ? Effect.die("power") : Effect.void))
      const pipeline = Pipeline.make("p", {
        batchInterval: "5 millis",
        retry,
        outputs: [DStream.to(input, "table", table, { onError: "dead-letter" }), DStream.to(input, "after", after)]
      })
      yield* Effect.exit(Pipeline.run(pipeline))
      assert.lengthOf(yield* listed, 2)
      first = false
      yield* Pipeline.run(pipeline)
      assert.deepStrictEqual(seen, [])
      assert.lengthOf(yield* listed, 2)
    }).pipe(Effect.provide(both)))
})

describe("every record that was received", () => {
  const Numbers = Arbitrary.array(
    Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 }))), { maxLength: 8 }),
    { minLength: 1, maxLength: 5 }
  )

  it.effect.prop(
    "is emitted, dropped and counted, or a dead letter",
    [Numbers],
    ([batches]) =>
      Effect.gen(function*() {
        const emitted: Array<number> = []
        const script = batches.flatMap((give) => [{ give }, { wait: "1 second" } as const])
        const throwing = (remainder: number) => (n: number) => {
          if (n % 6 === remainder) throw new Error("no")
          return n
        }
        const stream = DStream.fromReceiver(scripted<number>("n", [script])).pipe(
          DStream.map(throwing(1)),
          DStream.onError("dead-letter"),
          DStream.flatMap((n) => [throwing(2)(n)]),
          DStream.onError("drop"),
          DStream.mapEffect((n) => n % 6 === 3 ? Effect.fail("no") : Effect.succeed(n), { concurrency: 3 }),
          DStream.onError(batches.length % 2 === 0 ? "drop" : "dead-letter"),
          DStream.to("out", BatchSink.make((batch: { readonly items: ReadonlyArray<number> }) =>
            batch.items.some((n) => n > 55)
              ? Effect.fail(new Refusal({ isRetryable: false }))
              : Effect.sync(() => void emitted.push(...batch.items))), { onError: "dead-letter" })
        )
        const pipeline = Pipeline.make("p", { batchInterval: "1 second", retry, outputs: [stream] })
        const { metrics } = yield* runFor(pipeline, "10 seconds")
        const letters = yield* listed
        assert.strictEqual(metrics.deadLetters, letters.length)
        assert.strictEqual(metrics.processedRecords, batches.flat().length)
        assert.strictEqual(letters.length + emitted.length + metrics.droppedRecords, metrics.processedRecords)
      }).pipe(Effect.provide(Layer.fresh(DeadLetters.layerMemory))),
    { arbitrary: { runs: 100 } }
  )
})
