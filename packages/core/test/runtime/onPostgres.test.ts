/** Whole pipelines whose checkpoint is in PostgreSQL. */
import { assert, describe, it } from "@effect/vitest"
import { BatchSink, CheckpointStore, DStream, Pipeline, Receiver, StateStore } from "@millrace/core"
import { Effect, Option, Schema, Stream } from "effect"
import type { Batch } from "../../src/batch/Batch.ts"
import { inSchema, type Place, server } from "../store/onPostgres.ts"

const count = 60

type Kept = Map<number, ReadonlyArray<number>>

const itemsIn = (kept: Kept): number => [...kept.values()].reduce((sum, items) => sum + items.length, 0)

/** Numbers from 1, from where it was: five at a time, the next once those before are in the output, so never in one batch. */
const numbersFor = (kept: Kept): Receiver.Receiver<number> =>
  Receiver.make({
    name: "numbers",
    delivery: "Replayable",
    position: Schema.Int,
    initialRate: Infinity,
    open: (after: Option.Option<number>) => {
      const from = Option.getOrElse(after, () => 0)
      const starts = Array.from({ length: (count - from) / 5 }, (_, place) => from + place * 5)
      const arrived = (start: number): Effect.Effect<void> =>
        Effect.suspend(() => itemsIn(kept) >= start ? Effect.void : Effect.andThen(Effect.sleep("2 millis"), arrived(start)))
      return Effect.succeed(Stream.fromIterable(starts).pipe(
        Stream.rechunk(1),
        Stream.mapEffect((start) => Effect.as(arrived(start), {
          payload: Array.from({ length: 5 }, (_, place) => start + place + 1),
          records: 5,
          bytes: 40,
          resumeAfter: start + 5
        }))
      ))
    },
    reread: ({ after, until }) =>
      Effect.sync(() => {
        const from = Option.getOrElse(after, () => 0)
        return Array.from({ length: until - from }, (_, place) => from + place + 1)
      })
  })

/** Batches by id, as a table has them that refuses a batch twice. */
const keeping = (
  kept: Kept,
  onCommit: (batch: Batch<number>) => Effect.Effect<void>
) =>
  BatchSink.fromOpen<number>({
    commitClass: "Transactional",
    open: () =>
      Effect.succeed({
        lastCommitted: Effect.sync(() => kept.size === 0 ? Option.none() : Option.some(Math.max(...kept.keys()))),
        commit: (batch) =>
          Effect.suspend(() => {
            assert.isFalse(kept.has(batch.id), `batch ${batch.id} came twice`)
            kept.set(batch.id, batch.items)
            return onCommit(batch)
          })
      })
  })

const sums = (
  kept: Kept,
  onCommit: (batch: Batch<number>) => Effect.Effect<void> = () => Effect.void
) =>
  Pipeline.make("sums", {
    batchInterval: "10 millis",
    outputs: [
      DStream.to(
        DStream.mapWithState(DStream.map(DStream.fromReceiver(numbersFor(kept)), (n) => ["all", n] as const), {
          name: "sum",
          state: Schema.Number,
          step: (n: number, sum: number | undefined) => [(sum ?? 0) + n, (sum ?? 0) + n] as const
        }),
        "sums",
        keeping(kept, onCommit)
      )
    ]
  })

const expected = Array.from({ length: count }, (_, n) => ((n + 1) * (n + 2)) / 2)

const run = (
  { store }: Place,
  pipeline: ReturnType<typeof sums>,
  options: Pipeline.RunOptions = {}
) =>
  Effect.flatMap(store(), (store) =>
    Pipeline.run(pipeline, options).pipe(
      Effect.provideService(CheckpointStore.CheckpointStore, store),
      Effect.provide(StateStore.layerMemory)
    ))

describe.skipIf(server === undefined)("a pipeline with its checkpoint in PostgreSQL", () => {
  it.live("stops and goes on, with rows that say so", () =>
    inSchema((place) =>
      Effect.gen(function*() {
        const kept = new Map<number, ReadonlyArray<number>>()
        yield* run(place, sums(kept), { batches: 3 })
        const before = kept.size
        yield* run(place, sums(kept))
        assert.isAtLeast(before, 3)
        assert.deepStrictEqual([...kept.values()].flat(), expected)
        assert.deepStrictEqual([...kept.keys()], [...kept.keys()].map((_, place) => place + 1))
        assert.deepStrictEqual(yield* place.column("select epoch::integer from millrace_epoch"), [2])
        assert.deepStrictEqual(
          yield* place.column("select (content::json->>'batch')::integer from millrace_journal order by lsn desc limit 1"),
          [kept.size]
        )
      })))

  it.live("whose session is ended goes on under a new epoch, and loses and doubles nothing", () =>
    inSchema((place) =>
      Effect.gen(function*() {
        const kept = new Map<number, ReadonlyArray<number>>()
        const ended: Array<number> = []
        const pipeline = sums(kept, ({ id }) =>
          id === 2 || id === 4
            ? Effect.andThen(place.endSession, Effect.sync(() => void ended.push(id)))
            : Effect.void)
        yield* run(place, pipeline)
        assert.deepStrictEqual(ended, [2, 4])
        assert.deepStrictEqual([...kept.values()].flat(), expected)
        assert.deepStrictEqual(yield* place.column("select epoch::integer from millrace_epoch"), [3])
      })))

  it.live("that is taken over ends, and the one that did it finishes the work", () =>
    inSchema((place) =>
      Effect.gen(function*() {
        const kept = new Map<number, ReadonlyArray<number>>()
        const other = yield* place.store()
        const first = sums(kept, ({ id }) =>
          id === 2 ? Effect.orDie(Effect.asVoid(Effect.scoped(other.claim("sums", { takeover: true })))) : Effect.void)
        const error = yield* Effect.flip(run(place, first))
        assert(error.reason._tag === "CheckpointFailed")
        assert.deepStrictEqual(error.reason.error.reason, { _tag: "Fenced", epoch: 1, by: 2 })
        yield* run(place, sums(kept))
        assert.deepStrictEqual([...kept.values()].flat(), expected)
        assert.deepStrictEqual(yield* place.column("select epoch::integer from millrace_epoch"), [3])
      })))
})
