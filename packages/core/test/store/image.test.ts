/** A checkpoint that is carried elsewhere while a record is looked for that ends the process. */
import { assert, describe, it } from "@effect/vitest"
import { Checkpoint, CheckpointStore } from "@millrace/core"
import { Effect, Result } from "effect"
import { changed, committed, open, pipeline, prepared } from "./journals.ts"
import { decideRecovery } from "../../src/store/decideRecovery.ts"

const input = (end: { readonly until?: number; readonly skip?: number }) => [
  { receiver: "lines", records: 2, bytes: 20, ...end }
]

const records: ReadonlyArray<CheckpointStore.JournalRecord> = [
  { ...prepared(1), inputs: input({ until: 10 }) } as CheckpointStore.JournalRecord,
  committed(1),
  changed(2),
  { ...prepared(2), inputs: input({ skip: 2 }) } as CheckpointStore.JournalRecord,
  committed(2),
  { ...prepared(3), inputs: input({ until: 20, skip: 1 }) } as CheckpointStore.JournalRecord,
  committed(3)
]

const recoveryOf = (history: CheckpointStore.History) =>
  Result.getOrThrow(decideRecovery({ history, outputs: [{ name: "out", lastCommitted: undefined }] }))

/** What the checkpoint says after so many of the records, and after it was carried elsewhere. */
const carried = (count: number) =>
  Effect.gen(function*() {
    const { before, image } = yield* Effect.gen(function*() {
      const store = yield* CheckpointStore.CheckpointStore
      const { end, journal } = yield* open(store)
      journal.append(records.slice(0, count))
      yield* journal.sync
      yield* end
      return { before: recoveryOf(yield* store.inspect(pipeline)), image: yield* Checkpoint.read(pipeline) }
    }).pipe(Effect.provide(CheckpointStore.layerMemory))
    const after = yield* Effect.gen(function*() {
      yield* Checkpoint.write(image)
      return recoveryOf(yield* (yield* CheckpointStore.CheckpointStore).inspect(pipeline))
    }).pipe(Effect.provide(CheckpointStore.layerMemory))
    return { after, before, image }
  })

describe("a checkpoint as a value", () => {
  it.effect("keeps how much of a block is taken, whichever batch is the last", () =>
    Effect.forEach([2, 5, 7], (count) =>
      Effect.gen(function*() {
        const { after, before, image } = yield* carried(count)
        assert.strictEqual(image.snapshot.batch, 1)
        assert.deepStrictEqual(after.skips, before.skips)
        assert.deepStrictEqual(after.positions, before.positions)
        assert.strictEqual(after.nextBatch, before.nextBatch)
        assert.deepStrictEqual(after.batches.flatMap(({ missing }) => missing), [])
      })))
})
