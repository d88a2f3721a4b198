import { assert, describe, it } from "@effect/vitest"
import { CheckpointStore } from "@millrace/core"
import { Effect, Layer } from "effect"
import { open, pipeline, prepared, reasonOf, snapshotAt, type Store, words } from "./journals.ts"
import { type Files, layerMemoryDisk } from "./MemoryDisk.ts"

const directory = "/data"

const on = <A, E, R>(files: Files, body: (store: Store) => Effect.Effect<A, E, R>) => {
  const disk = layerMemoryDisk({ files })
  return Effect.flatMap(CheckpointStore.CheckpointStore, body).pipe(
    Effect.provide(Layer.provideMerge(
      CheckpointStore.layerFileSystem({ directory, segmentBytes: 900, reserveBytes: 0 }),
      disk
    ))
  )
}

/** Three epochs of four batches, with damage to what was durable near the end of the second. */
const damaged = Effect.gen(function*() {
  const files: Files = new Map()
  yield* on(files, (store) =>
    Effect.gen(function*() {
      for (const epoch of [0, 1, 2]) {
        const { end, journal } = yield* open(store)
        for (const batch of [1, 2, 3, 4]) {
          journal.append([prepared(epoch * 4 + batch)])
          yield* journal.sync
        }
        yield* end
      }
    }))
  const names = [...files.keys()].filter((name) => name.includes("/0000000002-")).sort()
  const path = names.at(-1) ?? ""
  const bytes = files.get(path)
  assert(bytes instanceof Uint8Array)
  const copy = bytes.slice()
  copy[copy.length - 20] = 0
  files.set(path, copy)
  return files
})

describe("repair", () => {
  it.live("keeps what stands before the damage, sets the rest aside, and lets the pipeline go on", () =>
    Effect.gen(function*() {
      const files = yield* damaged
      const before = [...files.keys()].filter((name) => name.endsWith(".mrj")).length
      yield* on(files, (store) =>
        Effect.gen(function*() {
          const { reason } = yield* Effect.flip(store.inspect(pipeline))
          assert(reason._tag === "JournalCorrupt")
          const examined = yield* CheckpointStore.examine(directory, pipeline)
          assert.deepStrictEqual([examined.epoch, examined.problem], [3, reason])
          assert.strictEqual(examined.segments.filter((segment) => segment.unreadableFrom !== undefined).length, 1)
          assert.strictEqual(examined.records.length, 14)
          const repaired = yield* CheckpointStore.repair(directory, pipeline, { until: reason.lsn - 1 })
          assert.strictEqual(repaired.kept, reason.lsn - 1)
          const aside = [...files.keys()].filter((name) => name.startsWith(`${repaired.setAside}/`))
          assert.strictEqual(aside.length, before)
          const { end, history, journal } = yield* open(store)
          assert.deepStrictEqual(words(history), [1, 2, 3, 4, 5, 6, 7].map((batch) => `Prepared ${batch}`))
          journal.append([prepared(8)])
          yield* journal.sync
          yield* journal.snapshot(snapshotAt(8), journal.append([prepared(9)]))
          yield* end
          const after = yield* store.inspect(pipeline)
          assert.deepStrictEqual([after.snapshot?.batch, words(after)], [8, ["Prepared 9", "SnapshotTaken 8"]])
          assert.strictEqual((yield* CheckpointStore.examine(directory, pipeline)).problem, undefined)
        }))
    }))

  it.live("refuses to keep what is damaged, and to touch what is in use or not there", () =>
    Effect.gen(function*() {
      const files = yield* damaged
      yield* on(files, (store) =>
        Effect.gen(function*() {
          const { reason } = yield* Effect.flip(store.inspect(pipeline))
          assert(reason._tag === "JournalCorrupt")
          const segments = [...files.keys()].filter((name) => name.endsWith(".mrj"))
          const tooFar = CheckpointStore.repair(directory, pipeline, { until: reason.lsn })
          assert.strictEqual((yield* reasonOf(tooFar))._tag, "JournalCorrupt")
          assert.deepStrictEqual([...files.keys()].filter((name) => name.endsWith(".mrj")), segments)
          assert.strictEqual((yield* reasonOf(CheckpointStore.repair(directory, "other", { until: 1 })))._tag, "StoreFailed")
          yield* Effect.scoped(Effect.gen(function*() {
            yield* store.claim(pipeline)
            const inUse = CheckpointStore.repair(directory, pipeline, { until: 1 })
            assert.strictEqual((yield* reasonOf(inUse))._tag, "CheckpointInUse")
          }))
        }))
    }))

  it.live("can go back to nothing", () =>
    Effect.gen(function*() {
      const files = yield* damaged
      yield* on(files, (store) =>
        Effect.gen(function*() {
          assert.strictEqual((yield* CheckpointStore.repair(directory, pipeline, { until: 0 })).kept, 0)
          const { end, history, journal } = yield* open(store)
          assert.deepStrictEqual(history.records, [])
          journal.append([prepared(1)])
          yield* journal.sync
          yield* end
          assert.deepStrictEqual(words(yield* store.inspect(pipeline)), ["Prepared 1"])
        }))
    }))
})
