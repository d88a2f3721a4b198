/** Journals that fail under a run, and what a run that ends owes to its sources and to the next one. */
import { BatchSink, CheckpointStore, DeadLetters, DStream, Pipeline, Receiver, StateStore } from "@millrace/core"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Layer, Option, Schedule, Schema, Stream } from "effect"
import { breakable, type Breaks, written } from "./breakable.ts"
import { block } from "./fixtures.ts"

const options = { batchInterval: "10 millis", restart: Schedule.recurs(20), retry: Schedule.recurs(0) } as const

describe("a journal that fails", () => {
  for (const loses of [true, false]) {
    it.live(`takes nothing from the number of batches, nor from those that are kept, ${loses ? "without" : "with"} its last group`, () =>
      Effect.gen(function*() {
        const breaks: Breaks = { syncs: 0, loses, verifies: 0 }
        const ids: Array<number> = []
        const words = written(Stream.concat(Stream.make(block(["a"])), Stream.never))
        const output = DStream.foreachBatch(words, "out", ({ id }) =>
          Effect.sync(() => {
            if (ids.push(id) === 2) breaks.syncs = 1
          }))
        const pipeline = Pipeline.make("p", { ...options, commitDepth: 1, remember: "1 hour", outputs: [output] })
        const kept = yield* Effect.scoped(Effect.gen(function*() {
          const running = yield* Pipeline.start(pipeline, { batches: 3 })
          yield* running.awaitTermination()
          return yield* running.slice(words, { from: 0, to: 8_000_000_000_000 })
        })).pipe(Effect.provide(breakable(breaks)))
        assert.strictEqual(breaks.syncs, 0)
        // What was lost says also that the second was delivered.
        assert.deepStrictEqual(ids, loses ? [1, 2, 2, 3] : [1, 2, 3])
        assert.deepStrictEqual(kept.slice(0, 2).map(({ id }) => id), [1, 2])
      }))
  }

  it.live("over and over is no record that ends the process: none is set aside", () =>
    Effect.gen(function*() {
      const breaks: Breaks = { syncs: 12, loses: true, verifies: 0 }
      const seen: Array<string> = []
      const words = DStream.fromReceiver(Receiver.make<string, string, number>({
        name: "n",
        delivery: "Replayable",
        initialRate: Infinity,
        position: Schema.Int,
        open: (after) =>
          Effect.succeed(Option.isSome(after)
            ? Stream.empty
            : Stream.make({ payload: ["a", "b", "c"], records: 3, bytes: 3, resumeAfter: 3 })),
        reread: () => Effect.succeed(["a", "b", "c"])
      }))
      const output = DStream.to(words, "out", BatchSink.make((batch) => Effect.sync(() => seen.push(...batch.items))))
      yield* Pipeline.run(Pipeline.make("p", { ...options, outputs: [output] })).pipe(
        Effect.andThen(Effect.gen(function*() {
          assert.deepStrictEqual(yield* (yield* DeadLetters.DeadLetters).list("p"), [])
        })),
        Effect.provide(Layer.merge(breakable(breaks), DeadLetters.layerMemory))
      )
      assert.strictEqual(breaks.syncs, 0)
      assert.deepStrictEqual(seen, ["a", "b", "c"])
    }))
})

describe("a snapshot that fails", () => {
  it.live("is tried again after as much journal as makes one due, not with every batch", () =>
    Effect.gen(function*() {
      let [batches, tries] = [0, 0]
      const breaks: Breaks = { syncs: 0, loses: false, verifies: 0, snapshot: () => tries++ }
      const output = DStream.foreachBatch(written(Stream.never), "out", () => Effect.sync(() => batches++))
      const restart = Schedule.recurs(0)
      const pipeline = Pipeline.make("p", { ...options, restart, batchInterval: "1 millis", snapshotAfterBytes: 2_000, outputs: [output] })
      yield* Effect.exit(Effect.provide(Pipeline.run(pipeline, { batches: 100 }), breakable(breaks)))
      assert.strictEqual(batches, 100)
      // Each batch leaves a few hundred bytes.
      assert.isTrue(tries > 1 && tries < 40)
    }))
})

describe("a run that ends", () => {
  it.live("acknowledges what it made durable, also where it was about to", () =>
    Effect.gen(function*() {
      const acknowledged: Array<string> = []
      const given = block(["a"], { acknowledge: Effect.sync(() => acknowledged.push("a")) })
      const output = DStream.foreachBatch(written(Stream.make(given)), "out", () => Effect.void)
      const breaks: Breaks = { syncs: 0, loses: false, verifies: 1 }
      yield* Effect.provide(Pipeline.run(Pipeline.make("p", { ...options, outputs: [output] })), breakable(breaks))
      assert.strictEqual(breaks.verifies, 0)
      assert.deepStrictEqual(acknowledged, ["a"])
    }))

  it.live("with an output that failed leaves the batch after it whole", () =>
    Effect.gen(function*() {
      const reached = yield* Deferred.make<void>()
      const mapped = yield* Deferred.make<void>()
      const seen: Array<unknown> = []
      const isFirstRun = { value: true }
      const sums = (blocks: Stream.Stream<Receiver.Block<string>>) =>
        written(blocks).pipe(
          DStream.keyBy(() => "all"),
          DStream.mapWithState({
            name: "counts",
            state: Schema.Number,
            step: (word: string, count: number | undefined) => [(count ?? 0) + 1, [word, (count ?? 0) + 1] as const] as const
          }),
          DStream.mapEffect((row) =>
            isFirstRun.value && row[0] === "b"
              ? Deferred.succeed(reached, undefined).pipe(
                Effect.andThen(Effect.sleep("30 millis")),
                Effect.andThen(Deferred.succeed(mapped, undefined)),
                Effect.as(row)
              )
              : Effect.succeed(row))
        )
      // The output of the first batch fails while the second is processed, and while a source takes its time.
      const slow = block(["c"], { acknowledge: Effect.andThen(Deferred.await(mapped), Effect.sleep("30 millis")) })
      const blocks = Stream.make(block(["a"])).pipe(
        Stream.concat(Stream.drain(Stream.fromEffect(Effect.sleep("30 millis")))),
        Stream.concat(Stream.make(block(["b"]))),
        Stream.concat(Stream.drain(Stream.fromEffect(Deferred.await(reached)))),
        Stream.concat(Stream.make(slow)),
        Stream.concat(Stream.never)
      )
      const failing = DStream.to(sums(blocks), "out", BatchSink.make((batch) =>
        batch.items.length === 0
          ? Effect.void
          : Deferred.await(reached).pipe(Effect.andThen(Effect.sleep("10 millis")), Effect.andThen(Effect.fail("down")))))
      const working = DStream.to(sums(Stream.make(block(["d"]))), "out", BatchSink.make((batch) =>
        Effect.sync(() => seen.push(...batch.items))))
      yield* Effect.gen(function*() {
        assert.isTrue(Exit.isFailure(yield* Effect.exit(Pipeline.run(Pipeline.make("p", { ...options, outputs: [failing] })))))
        isFirstRun.value = false
        yield* Pipeline.run(Pipeline.make("p", { ...options, outputs: [working] }))
      }).pipe(Effect.provide(Layer.merge(CheckpointStore.layerMemory, StateStore.layerMemory)))
      assert.deepStrictEqual(seen, [["a", 1], ["b", 2], ["c", 3], ["d", 4]])
    }))
})
