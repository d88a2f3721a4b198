import { Checkpoint, CheckpointError, CheckpointStore, DStream, Pipeline } from "@millrace/core"
import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Layer, Schedule, Schema } from "effect"
import { type Build, Breaking, breaking, pipelineOf, type Row, runOf } from "./evolving.ts"

const before: ReadonlyArray<Row> = [["a", 1], ["b", 2], ["a", 3]]
const after: ReadonlyArray<Row> = [...before, ["b", 10], ["c", 7]]

const summing = (name: string): Build =>
  DStream.mapWithState({
    name,
    state: Schema.Number,
    step: (n: number, sum: number | undefined, key: string) => [(sum ?? 0) + n, [key, (sum ?? 0) + n] as const] as const
  })

const reasonOf = <A>(exit: Exit.Exit<A, unknown>) => {
  assert(Exit.isFailure(exit))
  const error = Cause.squash(exit.cause)
  assert(error instanceof CheckpointError)
  return error
}

/** Ends as a process does that is killed after its batches: nothing is in a snapshot. */
const killed = (all: ReadonlyArray<Row>, build: Build) =>
  Effect.gen(function*() {
    const breaks = yield* Breaking
    breaks.snapshots = true
    assert(Exit.isFailure(yield* Effect.exit(runOf(all, build))))
    breaks.snapshots = false
  })

describe("checkpoints without a run", () => {
  it.live("drops what an operator remembers", () =>
    Effect.gen(function*() {
      yield* killed(before, (input) => summing("sums")(DStream.map(summing("totals")(input), (row) => row as Row)))
      yield* Checkpoint.drop("evolving", "totals")
      const { manifest, snapshot } = yield* Checkpoint.read("evolving")
      expect(manifest.operators.map(({ name }) => name)).toEqual(["sums"])
      expect(snapshot.states.map(({ operator }) => operator)).toEqual(["sums"])
      expect(yield* runOf(after, summing("sums"))).toEqual([["b", 12], ["c", 7]])
    }).pipe(Effect.provide(breaking)))

  it.live("gives it another name, in the snapshot and in the journal", () =>
    Effect.gen(function*() {
      yield* runOf(before, summing("totals"))
      yield* killed(after, summing("totals"))
      yield* Checkpoint.rename("evolving", "totals", "sums")
      expect(yield* runOf([...after, ["c", 1]], summing("sums"))).toEqual([["c", 8]])
    }).pipe(Effect.provide(breaking)))

  it.live("keeps batches that an output may miss", () =>
    Effect.gen(function*() {
      const failing = pipelineOf(before, summing("totals"))
      const down = Pipeline.make("evolving", {
        batchInterval: "10 millis",
        outbox: "off",
        retry: Schedule.recurs(0),
        outputs: failing.outputs.map((output) => ({ ...output, sink: { ...output.sink, open: () => Effect.succeed({ commit: () => Effect.die("down"), lastCommitted: Effect.succeedNone }) } })) as typeof failing.outputs
      })
      assert(Exit.isFailure(yield* Effect.exit(Pipeline.run(down))))
      const image = yield* Checkpoint.read("evolving")
      expect(image.snapshot.batch).toBe(0)
      expect(image.batches.map(({ _tag }) => _tag)).toEqual(["Changed", "Prepared"])
      yield* Checkpoint.rename("evolving", "totals", "sums")
      expect(yield* runOf(before, summing("sums"))).toEqual([["a", 1], ["b", 2], ["a", 4]])
      expect(yield* runOf(after, summing("sums"))).toEqual([["b", 12], ["c", 7]])
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("carries a checkpoint elsewhere", () =>
    Effect.gen(function*() {
      const image = yield* Effect.provide(
        killed(before, summing("totals")).pipe(Effect.andThen(Checkpoint.read("evolving"))),
        Layer.fresh(breaking)
      )
      const copied: Checkpoint.Image = JSON.parse(JSON.stringify(image))
      yield* Checkpoint.write(copied)
      expect(yield* Checkpoint.read("evolving")).toEqual({ ...image })
      expect(yield* runOf(after, summing("totals"))).toEqual([["b", 12], ["c", 7]])
      const again = reasonOf(yield* Effect.exit(Checkpoint.write(copied)))
      expect(again.message).toContain("is not empty, and is not overwritten")
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("refuses names that it does not know, and one that is taken", () =>
    Effect.gen(function*() {
      yield* runOf(before, (input) => summing("sums")(DStream.map(summing("totals")(input), (row) => row as Row)))
      expect(reasonOf(yield* Effect.exit(Checkpoint.drop("evolving", "total"))).message).toContain(
        `has no operator "total". It has "totals", "sums"`
      )
      expect(reasonOf(yield* Effect.exit(Checkpoint.rename("evolving", "totals", "sums"))).message).toContain("drop that first")
      expect(reasonOf(yield* Effect.exit(Checkpoint.drop("nobody", "totals"))).message).toContain("is empty")
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("is refused while the pipeline runs", () =>
    Effect.gen(function*() {
      yield* runOf(before, summing("totals"))
      const store = yield* CheckpointStore.CheckpointStore
      yield* Effect.scoped(Effect.gen(function*() {
        yield* store.claim("evolving")
        expect(reasonOf(yield* Effect.exit(Checkpoint.drop("evolving", "totals"))).reason._tag).toBe("CheckpointInUse")
      }))
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("replays a batch: the same input and state, the time of the batch, no output called", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const timed: Build = (input) =>
        DStream.mapEffect(summing("totals")(input), (row) => Effect.map(Clock.currentTimeMillis, (now) => [row, now] as const))
      const breaks = yield* Breaking
      breaks.snapshots = true
      assert(Exit.isFailure(yield* Effect.exit(runOf(before, timed))))
      assert(Exit.isFailure(yield* Effect.exit(runOf(after, timed))))
      const replayed = yield* Checkpoint.replay(pipelineOf(after, timed, {}, seen), 2)
      expect(replayed).toEqual({
        batch: 2,
        time: replayed.time,
        records: 2,
        outputs: [{ output: "seen", items: [[["b", 12], replayed.time], [["c", 7], replayed.time]] }],
        // The clock went on when it first ran.
        differs: "seen"
      })
      expect(replayed.time % 10).toBe(0)
      expect(seen).toEqual([])
      const first = yield* Checkpoint.replay(pipelineOf(after, summing("totals")), 1)
      expect(first.outputs).toEqual([{ output: "seen", items: [["a", 1], ["b", 2], ["a", 4]] }])
      const gone = reasonOf(yield* Effect.exit(Checkpoint.replay(pipelineOf(after, timed), 9)))
      expect(gone.reason).toEqual({ _tag: "BatchGone", batch: 9, oldest: 1, newest: 2 })
    }).pipe(Effect.provide(breaking)))

  it.live("replays batches of the snapshot before the newest, and of none before", () =>
    Effect.gen(function*() {
      yield* runOf(before, summing("totals"))
      yield* runOf(after, summing("totals"))
      const pipeline = pipelineOf(after, summing("totals"))
      const second = yield* Checkpoint.replay(pipeline, 2)
      expect(second.outputs).toEqual([{ output: "seen", items: [["b", 12], ["c", 7]] }])
      const gone = reasonOf(yield* Effect.exit(Checkpoint.replay(pipeline, 1)))
      expect(gone.reason).toMatchObject({ _tag: "BatchGone", oldest: 2 })
      expect(gone.message).toContain("has no batch 1: those from 2 to ")
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.live("has no batch to replay where all is in the only snapshot, and says so", () =>
    Effect.gen(function*() {
      yield* runOf(before, summing("totals"))
      const error = reasonOf(yield* Effect.exit(Checkpoint.replay(pipelineOf(before, summing("totals")), 1)))
      expect(error.message).toContain("has no batch 1: all that it holds is in a snapshot")
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))
})
