import { assert, describe, it } from "@effect/vitest"
import { type Batch, BatchSink, CheckpointStore, DStream, Pipeline, PipelineError, Receiver, StateStore } from "@millrace/core"
import { StateFiles } from "@millrace/core/node"
import { TestPipeline } from "@millrace/core/testing"
import { Arbitrary, Cause, Effect, Exit, Layer, Option, Schema } from "effect"
import { isDeepStrictEqual } from "node:util"
import { type Batches, type Build, itemsOf, smallInt } from "../dstream/support.ts"
import { crashingCheckpoints, crashingStates, Fuse, Killed } from "./crashing.ts"
import { newStore, someFile } from "./sqliteFiles.ts"

type Pair = readonly [string, number]

const key = Arbitrary.map(smallInt, (n) => "abcdefghij"[n] ?? "")

const pair = Arbitrary.map(Arbitrary.all([key, smallInt]), ([key, n]): Pair => [key, n - 3])

/** Two operators over the store, one after the other, and one that holds its state itself. */
const chained = (input: DStream.DStream<Pair>) =>
  input.pipe(
    DStream.mapWithState({
      name: "steps",
      state: Schema.Number,
      initialState: [["c", 1], ["x", 2]],
      step: (n, state, key) => n < 0 ? [undefined, [key, -1] as const] : [n, [key, (state ?? 0) + n] as const]
    }),
    DStream.runningReduceByKey({
      name: "totals",
      state: Schema.Number,
      emit: "all",
      reduce: (left, right) => left + right
    }),
    DStream.map(([key, total]) => `${key} ${total}`),
    (all) => DStream.union(all, DStream.distinct(DStream.map(all, (text) => text.slice(0, 3)), { name: "seen" })),
    DStream.scan({ name: "count", state: Schema.Number, initial: 0, step: (n, text) => [n + 1, `${n} ${text}`] })
  )

const expiring = (input: DStream.DStream<Pair>) =>
  DStream.mapWithState(input, {
    name: "expiring",
    state: Schema.Number,
    timeout: "3 seconds",
    maxKeys: 6,
    onMaxKeys: "expireOldest",
    initialState: [["c", 1], ["x", 2]],
    step: (n, state, key, time) => n < 0 ? [undefined] : n === 0 ? [state] : [n, `${key} ${state} ${n} ${time}`],
    onTimeout: (state, key, time) => `${key} ${state} out ${time}`
  })

const batchesOf = Arbitrary.array(Arbitrary.array(pair, { maxLength: 12 }), { minLength: 8, maxLength: 24 })

const lengthsOf = Arbitrary.array(Arbitrary.map(smallInt, (n) => n + 1), { minLength: 1, maxLength: 6 })

const homes: Record<string, () => Layer.Layer<StateStore, unknown>> = {
  "a file": () => newStore(2),
  "a file beside a checkpoint": () => Layer.merge(newStore(2), CheckpointStore.layerMemory)
}

describe("state on disk", () => {
  for (const [home, layer] of Object.entries(homes)) {
    for (const [what, build] of Object.entries({ "a chain": chained, "what expires": expiring })) {
      it.effect(`${what} in ${home}: a restart changes nothing`, () =>
        Effect.gen(function*() {
          const check = ([batches, lengths]: readonly [Batches<Pair>, ReadonlyArray<number>]) =>
            Effect.gen(function*() {
              const whole = yield* itemsOf<Pair, unknown, never, StateStore>(batches, build)
              const parts = yield* TestPipeline.runInLegs<Pair, unknown, never, StateStore, StateStore>(
                batches,
                lengths,
                build,
                { layer: Layer.orDie(layer()) }
              )
              assert.deepStrictEqual(parts.map(({ id }) => id), batches.map((_, index) => index + 1))
              return isDeepStrictEqual(parts.map(({ items }) => items), whole)
            })
          const result = yield* Arbitrary.checkEffect(Arbitrary.all([batchesOf, lengthsOf]), check, { runs: 25, size: 40 })
          assert.strictEqual(result._tag, "Passed", JSON.stringify(result))
        }))
    }
  }

  it.effect("a kill at any effect of a run with a checkpoint changes nothing", () =>
    Effect.gen(function*() {
      let kills = 0
      const fuses = Arbitrary.array(Arbitrary.map(Arbitrary.schema(Schema.Int), (n) => Math.abs(n % 40) / 2), {
        minLength: 2,
        maxLength: 8
      })
      const check = (batches: Batches<Pair>, fuses: ReadonlyArray<number>, expected: Batches<unknown>) =>
        Effect.gen(function*() {
          const seen = new Map<number, ReadonlyArray<unknown>>()
          const fuse = yield* Fuse
          for (const left of [...fuses, Infinity]) {
            fuse.left = left
            const exit = yield* Effect.exit(TestPipeline.drive(numbered(batches, chained, seen)))
            if (Exit.isSuccess(exit)) break
            assert(left !== Infinity, Cause.pretty(exit.cause))
            assert.instanceOf(Cause.squash(exit.cause), Killed, Cause.pretty(exit.cause))
            kills++
          }
          const items = batches.map((_, index) => seen.get(index + 1))
          return isDeepStrictEqual(items, expected)
        })
      const all = Arbitrary.all([batchesOf, fuses])
      const stores = () =>
        Layer.orDie(Layer.provideMerge(Layer.merge(crashingStates(newStore(2)), crashingCheckpoints), Fuse.layer))
      const result = yield* Arbitrary.checkEffect(all, ([batches, fuses]) =>
        Effect.flatMap(itemsOf<Pair, unknown, never, StateStore>(batches, chained), (expected) =>
          TestPipeline.virtually(check(batches, fuses, expected), { layer: stores() })), { runs: 25, size: 40 })
      assert.strictEqual(result._tag, "Passed", JSON.stringify(result))
      assert.isAbove(kills, 10)
    }))
})

/** Gives a batch after the other, and holds what came out against what came out before. */
const numbered = <B>(batches: Batches<Pair>, build: Build<Pair, B>, seen: Map<number, ReadonlyArray<unknown>>) => {
  const receiver = Receiver.perBatch<Pair, Pair, number, never, never>({
    name: "input",
    delivery: "Replayable",
    initialRate: Infinity,
    position: Schema.Int,
    reread: ({ until }) => Effect.succeed(batches[until - 1] ?? []),
    open: (after) =>
      Effect.sync(() => {
        let next = Option.getOrElse(after, () => 0)
        return () =>
          Effect.sync(() => {
            const payload = batches[next]
            if (payload === undefined) return Option.none()
            return Option.some({ payload, records: payload.length, bytes: 0, resumeAfter: ++next })
          })
      })
  })
  const sink = BatchSink.make(({ id, items }: Batch.Batch<B>) =>
    Effect.sync(() => {
      const before = seen.get(id)
      if (before !== undefined) assert.deepStrictEqual(items, before, `batch ${id} came out differently`)
      seen.set(id, items)
    })
  )
  return Pipeline.make("numbered", {
    batchInterval: "1 second",
    outbox: "off",
    snapshotAfterBytes: 400,
    outputs: [DStream.to(build(DStream.fromReceiver(receiver)), "seen", sink)]
  })
}

describe("a checkpoint and a store", () => {
  const sums = (input: DStream.DStream<Pair>) =>
    DStream.runningReduceByKey(input, { name: "sums", state: Schema.Number, reduce: (left, right) => left + right })
  const first: Batches<Pair> = [[["a", 1], ["b", 2]], [["a", 3]]]
  const more: Batches<Pair> = [...first, [["a", 10], ["b", 20]]]
  const run = (batches: Batches<Pair>, store: Layer.Layer<StateStore, unknown>) =>
    Effect.suspend(() => {
      const seen = new Map<number, ReadonlyArray<unknown>>()
      return Effect.as(Effect.provide(TestPipeline.drive(numbered(batches, sums, seen)), Layer.orDie(store)), seen)
    })
  const reasonOf = <A, E>(effect: Effect.Effect<A, E, CheckpointStore.CheckpointStore>) =>
    Effect.map(Effect.flip(effect), (error) => {
      assert(error instanceof PipelineError && error.reason._tag === "StateFailed")
      return error.reason.error
    })
  const check = (name: string, effect: (file: string) => Effect.Effect<void, unknown, CheckpointStore.CheckpointStore>) =>
    it.effect(name, () =>
      TestPipeline.virtually(Effect.scoped(Effect.flatMap(someFile, effect)), { layer: CheckpointStore.layerMemory }))

  check("a store that is lost is an error", (file) =>
    Effect.gen(function*() {
      yield* run(first, StateFiles.layerSqlite({ file }))
      const error = yield* reasonOf(run(more, StateFiles.layerSqlite({ file: `${file}.other` })))
      assert.deepStrictEqual<unknown>(error.reason, { _tag: "StateLost", applied: 0, needed: 2 })
      assert.include(error.message, `operator "sums" of pipeline "numbered"`)
      const memory = yield* reasonOf(run(more, StateStore.layerMemory))
      assert.strictEqual(memory.reason._tag, "StateLost")
      const seen = yield* run(more, StateFiles.layerSqlite({ file }))
      assert.deepStrictEqual([...seen.values()].flat(), [["a", 14], ["b", 22]])
    }))

  check("a store that is ahead is an error, and is left as it is", (file) =>
    Effect.gen(function*() {
      const elsewhere = Layer.fresh(CheckpointStore.layerMemory)
      yield* Effect.provide(run(first, StateFiles.layerSqlite({ file })), elsewhere)
      const error = yield* reasonOf(run(more, StateFiles.layerSqlite({ file })))
      assert.deepStrictEqual<unknown>(error.reason, { _tag: "StateAhead", applied: 2, prepared: 0 })
      const read = Effect.flatMap(StateStore, (store) => store.open({ pipeline: "numbered", operator: "sums" }, { byKey: true }))
      const state = yield* Effect.scoped(Effect.provide(read, StateFiles.layerSqlite({ file })))
      assert.strictEqual(state.appliedBatch, 2)
    }))

  check("a store begins with what a snapshot has", (file) =>
    Effect.gen(function*() {
      yield* run(first, StateStore.layerMemory)
      const seen = yield* run(more, StateFiles.layerSqlite({ file }))
      assert.deepStrictEqual([...seen.values()].flat(), [["a", 14], ["b", 22]])
    }))
})
