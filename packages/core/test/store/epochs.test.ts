/** Claims of several processes on one disk, and of journals that outlive their epoch. */
import { assert, describe, it } from "@effect/vitest"
import { CheckpointStore, Disk } from "@millrace/core"
import { Effect, Layer } from "effect"
import { begin, open, prepared, reasonOf, type Store, words } from "./journals.ts"
import type { Files } from "./MemoryDisk.ts"
import { recordingDisk } from "./RecordingDisk.ts"

/** A machine with processes that come and go. */
const machine = () => {
  const files: Files = new Map()
  const alive = new Set<number>()
  const store = (process: number): Effect.Effect<Store> => {
    alive.add(process)
    const disk = Layer.succeed(Disk.Disk, recordingDisk({ files, process, alive }).disk)
    const layer = CheckpointStore.layerFileSystem({ directory: "/data", reserveBytes: 0, segmentBytes: 400 })
    return Effect.provide(Effect.map(CheckpointStore.CheckpointStore, (store) => store), Layer.provide(layer, disk))
  }
  return { alive, files, store }
}

describe("epochs", () => {
  it.live("of a process that died are free, of one that lives are not, and what was given back is free", () =>
    Effect.gen(function*() {
      const { alive, store } = machine()
      const [one, two] = [yield* store(1), yield* store(2)]
      const first = yield* open(one)
      yield* first.journal.sync
      const refused = yield* reasonOf(begin(two))
      assert(refused._tag === "CheckpointInUse")
      assert.deepStrictEqual(refused.owner, { host: "here", process: 1, boot: "boot", startedAt: 1001 })
      alive.delete(1)
      const second = yield* open(two)
      assert.strictEqual(second.claim.epoch, 2)
      yield* second.journal.release(0)
      const third = yield* begin(yield* store(3))
      assert.strictEqual(third.claim.epoch, 3)
    }))

  it.live("of many processes at once go to one", () =>
    Effect.gen(function*() {
      const { store } = machine()
      const results = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, process) => process + 1),
        (process) => Effect.flatMap(store(process), (store) => Effect.result(begin(store))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(results.filter(({ _tag }) => _tag === "Success").length, 1)
    }))

  it.live("a journal that was begun by one that had been passed over is not on the way", () =>
    Effect.gen(function*() {
      const { store } = machine()
      const first = yield* open(yield* store(1))
      first.journal.append([prepared(1)])
      yield* first.journal.sync
      const slow = yield* open(yield* store(2), { takeover: true })
      first.journal.append([prepared(11)])
      yield* first.journal.sync
      const quick = yield* begin(yield* store(3), { takeover: true })
      assert.deepStrictEqual(words(yield* quick.claim.read), ["Prepared 1", "Prepared 11"])
      slow.journal.append([prepared(666)])
      yield* slow.journal.sync
      const journal = yield* quick.claim.seal({})
      journal.append([prepared(2)])
      yield* journal.sync
      const history = yield* (yield* store(4)).inspect("orders")
      assert.deepStrictEqual(words(history), ["Prepared 1", "Prepared 11", "Prepared 2"])
    }))

  it.live("nothing that was not synced by one that was passed over is refused", () =>
    Effect.gen(function*() {
      const { store } = machine()
      const first = yield* open(yield* store(1))
      yield* open(yield* store(2), { takeover: true })
      assert.strictEqual((yield* reasonOf(first.claim.seal({})))._tag, "Fenced")
      const third = yield* open(yield* store(3), { takeover: true })
      assert.deepStrictEqual(third.history.records, [])
    }))

  it.live("who was shut out writes on for nobody, also into new segments, also after its journal was truncated", () =>
    Effect.gen(function*() {
      const { files, store } = machine()
      const zombie = yield* open(yield* store(1))
      zombie.journal.append([prepared(1)])
      yield* zombie.journal.sync
      const second = yield* open(yield* store(2), { takeover: true })
      for (let batch = 100; batch < 110; batch++) {
        zombie.journal.append([prepared(batch)])
        yield* zombie.journal.sync
        assert.strictEqual((yield* reasonOf(zombie.journal.verify))._tag, "Fenced")
      }
      assert.strictEqual((yield* reasonOf(zombie.journal.snapshot({
        batch: 109, time: 1, manifest: {}, positions: {}, consumed: {}, identities: {}, states: []
      }, 1)))._tag, "Fenced")
      for (const batch of [2, 3, 4]) {
        const last = second.journal.append([prepared(batch)])
        yield* second.journal.snapshot({
          batch, time: batch, manifest: {}, positions: {}, consumed: {}, identities: {}, states: []
        }, last + 1)
      }
      zombie.journal.append([prepared(200), prepared(201), prepared(202)])
      yield* zombie.journal.sync
      yield* second.end
      const third = yield* open(yield* store(3), { takeover: true })
      assert.strictEqual(third.history.snapshot?.batch, 4)
      assert.deepStrictEqual(words(third.history), ["SnapshotTaken 4"])
      assert.isFalse([...files.keys()].some((name) => name.includes("0000000002-00000001.mrj")))
    }))
})
