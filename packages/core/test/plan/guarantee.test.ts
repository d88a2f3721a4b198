/** What a pipeline promises: every delivery with every ability, every commit class, every durability. */
import { assert, describe, it } from "@effect/vitest"
import { BatchSink, CheckpointStore, DStream, Pipeline, type PipelineError, Receiver } from "@millrace/core"
import { Cause, Effect, Exit, Layer, Logger, Option, Result, Schema, Stream } from "effect"
import { compile } from "../../src/plan/compile.ts"
import { type CheckpointDurability, type Guarantee, guaranteeOf, isAtLeast } from "../../src/plan/guarantee.ts"

type Delivery = Receiver.Delivery

interface Abilities {
  readonly chunk?: boolean
  readonly identify?: boolean
  readonly position?: boolean
}

const receiverOf = (delivery: Delivery, { chunk, identify, position }: Abilities) =>
  Receiver.make<string, string, number>({
    name: "words",
    delivery,
    ...(chunk === true ? { chunk: Schema.String } : {}),
    ...(identify === true ? { identify: (word: string) => word } : {}),
    ...(position === true ? { position: Schema.Int } : {}),
    open: () => Effect.succeed(Stream.empty)
  })

const sinkOf = (commitClass: BatchSink.CommitClass) =>
  BatchSink.fromOpen<unknown>({
    commitClass,
    open: () => Effect.succeed({ lastCommitted: Effect.succeedNone, commit: () => Effect.void })
  })

interface Parts {
  readonly delivery?: Delivery
  readonly abilities?: Abilities
  readonly classes?: ReadonlyArray<BatchSink.CommitClass>
  readonly guarantee?: "exactly-once" | "at-least-once"
}

/** The strongest parts, where nothing else is said. */
const pipelineOf = ({ abilities = { position: true }, classes = ["Transactional"], delivery = "Replayable", guarantee }: Parts) => {
  const words = DStream.fromReceiver(receiverOf(delivery, abilities))
  const [first = "Transactional", ...others] = classes
  const output = (commitClass: BatchSink.CommitClass, index: number) => DStream.to(words, `out${index}`, sinkOf(commitClass))
  return Pipeline.make("p", {
    batchInterval: "10 millis",
    guarantee,
    outputs: [output(first, 0), ...others.map((each, index) => output(each, index + 1))]
  })
}

const promisedOf = (parts: Parts, durability: CheckpointDurability = "fsync") =>
  guaranteeOf(Result.getOrThrow(compile(pipelineOf(parts))), durability)

const all: ReadonlyArray<Abilities> = [false, true].flatMap((chunk) =>
  [false, true].flatMap((identify) => [false, true].map((position) => ({ chunk, identify, position }))))

const unreplayable = "it cannot be read again: what was read and is not yet in the journal is lost with the process"
const unwritten = "it cannot be read again, and without `chunk` what is not yet delivered is lost with the process"
const unplaced = "it has no `position`, so each start reads it from its beginning"
const uncut = "without `chunk` it is acknowledged after the outputs, and may be redelivered"
const unnamed = "without `identify` what is redelivered cannot be told from what is new"

type Row = readonly [guarantee: Guarantee, why: string | undefined]

/** In the order of `all`: by chunk, then identify, then position. */
const receivers: Record<Delivery, ReadonlyArray<Row>> = {
  Replayable: [false, true, false, true, false, true, false, true].map((position): Row =>
    position ? ["exactly-once", undefined] : ["at-least-once", unplaced]
  ),
  Acknowledged: [
    ["at-least-once", uncut],
    ["at-least-once", uncut],
    ["at-least-once", uncut],
    ["at-least-once", uncut],
    ["at-least-once", unnamed],
    ["at-least-once", unnamed],
    ["exactly-once", undefined],
    ["exactly-once", undefined]
  ],
  Unreplayable: [unwritten, unwritten, unwritten, unwritten, unreplayable, unreplayable, unreplayable, unreplayable].map(
    (why): Row => ["at-most-once", why]
  )
}

const sinks: Record<BatchSink.CommitClass, Row> = {
  Transactional: ["exactly-once", undefined],
  IdempotentByBatch: ["exactly-once", undefined],
  VersionedUpsert: ["exactly-once", undefined],
  AtLeastOnce: ["at-least-once", "its sink cannot tell a repeated batch"]
}

const checkpoints: ReadonlyArray<readonly [durability: CheckpointDurability, of: string, ...row: Row]> = [
  ["fsync", "the checkpoint", "exactly-once", undefined],
  ["os", "the checkpoint", "at-most-once", "durability \"os\" survives the end of the process and not a loss of power"],
  ["none", "the checkpoint", "at-most-once", "it is lost with the process (durability \"none\")"],
  [undefined, "the pipeline", "at-most-once", "without a CheckpointStore it remembers nothing beyond its process"]
]

const expected = (of: string, [guarantee, why]: Row) => ({
  guarantee,
  weaknesses: why === undefined ? [] : [{ of, guarantee, why }]
})

describe("the guarantee", () => {
  for (const delivery of ["Replayable", "Acknowledged", "Unreplayable"] as const) {
    it(`of a receiver that is ${delivery}`, () => {
      assert.deepStrictEqual(
        all.map((abilities) => promisedOf({ abilities, delivery })),
        receivers[delivery].map((row) => expected("receiver \"words\"", row))
      )
    })
  }

  for (const commitClass of ["Transactional", "IdempotentByBatch", "VersionedUpsert", "AtLeastOnce"] as const) {
    it(`of a sink that is ${commitClass}`, () => {
      assert.deepStrictEqual(promisedOf({ classes: [commitClass] }), expected("output \"out0\"", sinks[commitClass]))
    })
  }

  it("of checkpoints", () => {
    assert.deepStrictEqual(
      checkpoints.map(([durability]) =>
        guaranteeOf(Result.getOrThrow(compile(pipelineOf({}))), durability)
      ),
      checkpoints.map(([, of, ...row]) => expected(of, row))
    )
  })

  it("is the least of all parts, each of which is named", () => {
    const { guarantee, weaknesses } = promisedOf(
      { abilities: {}, classes: ["Transactional", "AtLeastOnce", "AtLeastOnce"], delivery: "Unreplayable" },
      "os"
    )
    assert.strictEqual(guarantee, "at-most-once")
    assert.deepStrictEqual(weaknesses.map(({ of }) => of), [
      "the checkpoint",
      "receiver \"words\"",
      "output \"out1\"",
      "output \"out2\""
    ])
  })

  it("is compared", () => {
    const order = ["at-most-once", "at-least-once", "exactly-once"] as const
    for (const [a, promised] of order.entries()) {
      for (const [b, wanted] of order.entries()) assert.strictEqual(isAtLeast(promised, wanted), a >= b)
    }
  })
})

/** As `layerMemory`, which says that it survives a loss of power. */
const durable = Layer.effect(
  CheckpointStore.CheckpointStore,
  Effect.map(CheckpointStore.CheckpointStore, (store) => ({ ...store, durability: "fsync" as const }))
).pipe(Layer.provide(CheckpointStore.layerMemory))

/** How a run ends, and the lines that it logs. */
const runOf = (parts: Parts, checkpoint: Layer.Layer<CheckpointStore.CheckpointStore> | undefined) =>
  Effect.gen(function*() {
    const lines: Array<unknown> = []
    const logger = Logger.make<unknown, void>(({ message }) => void lines.push(...(Array.isArray(message) ? message : [message])))
    const run = Effect.exit(Pipeline.run(pipelineOf(parts)))
    const exit = yield* Effect.provide(
      checkpoint === undefined ? run : Effect.provide(run, checkpoint),
      Logger.layer([logger])
    )
    return { exit, lines }
  })

const started = "Pipeline \"p\" started, a batch every 10 ms. "

const failureOf = (exit: Exit.Exit<unknown, PipelineError<unknown>>): string =>
  Exit.isFailure(exit) ? Option.getOrThrow(Cause.findErrorOption(exit.cause)).message : "it started"

describe("a run", () => {
  it.live("says in its first line what it promises, and why no more", () =>
    Effect.gen(function*() {
      const weak: Parts = { abilities: {}, classes: ["AtLeastOnce"], delivery: "Acknowledged" }
      assert.deepStrictEqual((yield* runOf({}, durable)).lines, [
        `${started}Its checkpoint is in memory (durability: fsync). Guarantee: exactly-once`
      ])
      assert.deepStrictEqual((yield* runOf(weak, durable)).lines, [
        `${started}Its checkpoint is in memory (durability: fsync). Guarantee: at-least-once (receiver "words": ${uncut}; ` +
          "output \"out0\": its sink cannot tell a repeated batch)"
      ])
      assert.deepStrictEqual((yield* runOf({}, undefined)).lines, [
        `${started}Guarantee: at-most-once (the pipeline: without a CheckpointStore it remembers nothing beyond its process)`
      ])
    }))

  it.live("that is asked for more than its parts promise names them, and starts nothing", () =>
    Effect.gen(function*() {
      const refused = (parts: Parts, checkpoint: Layer.Layer<CheckpointStore.CheckpointStore> | undefined) =>
        Effect.map(runOf(parts, checkpoint), ({ exit, lines }) => {
          assert.deepStrictEqual(lines, [])
          const message = failureOf(exit)
          assert.include(message, `guarantee ${JSON.stringify(parts.guarantee)} is asked for`)
          return message
        })
      const wanted = { guarantee: "exactly-once" } as const
      const sink = yield* refused({ ...wanted, classes: ["Transactional", "AtLeastOnce"] }, durable)
      assert.include(sink, "output \"out1\" is at-least-once: its sink cannot tell a repeated batch")
      assert.notInclude(sink, "out0")
      assert.include(yield* refused({ ...wanted, abilities: { chunk: true }, delivery: "Acknowledged" }, durable), `receiver "words" is at-least-once: ${unnamed}`)
      assert.include(yield* refused(wanted, CheckpointStore.layerMemory), "the checkpoint is at-most-once: it is lost with the process")
      assert.include(yield* refused(wanted, undefined), "the pipeline is at-most-once: without a CheckpointStore")
      const least = yield* refused({ guarantee: "at-least-once", abilities: {}, classes: ["AtLeastOnce"], delivery: "Unreplayable" }, durable)
      assert.include(least, `receiver "words" is at-most-once: ${unwritten}`)
      assert.notInclude(least, "out0")
    }))

  it.live("that is asked for what its parts promise starts", () =>
    Effect.gen(function*() {
      assert.strictEqual(failureOf((yield* runOf({ guarantee: "exactly-once" }, durable)).exit), "it started")
      const least: Parts = { guarantee: "at-least-once", abilities: {}, classes: ["AtLeastOnce"], delivery: "Acknowledged" }
      assert.strictEqual(failureOf((yield* runOf(least, durable)).exit), "it started")
    }))
})
