import { assert, describe, it } from "@effect/vitest"
import { CheckpointStore, Disk } from "@millrace/core"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { found, open, prepared, reasonOf, words } from "./journals.ts"
import { type Files, makeMemoryDisk } from "./MemoryDisk.ts"

/** A disk that has written all of what it refuses for want of room, and waits before it begins the second segment. */
const misleading = (files: Files, meanwhile: Effect.Effect<void>): Disk.Disk["Service"] => {
  const disk = makeMemoryDisk({ files })
  let writes = 0
  return Disk.Disk.of({
    ...disk,
    append: (path) =>
      Effect.map(
        Effect.andThen(path.endsWith("0000000001-00000002.mrj") ? meanwhile : Effect.void, disk.append(path)),
        (file) => ({
          ...file,
          // The header, the seal with the first batch, and then the second batch.
          write: (parts) =>
            Effect.andThen(file.write(parts), () =>
              path.endsWith("0000000001-00000001.mrj") && ++writes === 3
                ? Effect.fail(new Disk.DiskError({ operation: "write", path, reason: "Full" }))
                : Effect.void)
        })
      )
  })
}

const storeOn = (disk: Disk.Disk["Service"]) =>
  Effect.map(CheckpointStore.CheckpointStore, (store) => store).pipe(
    Effect.provide(Layer.provide(
      CheckpointStore.layerFileSystem({ directory: "/data", reserveBytes: 0 }),
      Layer.succeed(Disk.Disk, disk)
    ))
  )

describe("what was refused and stands there all the same", () => {
  it.effect("counts where its seal has read it, and what was written again after the seal does not", () =>
    Effect.gen(function*() {
      const files: Files = new Map()
      const successor = yield* storeOn(makeMemoryDisk({ files }))
      const meanwhile = Effect.gen(function*() {
        const second = yield* open(successor, { takeover: true })
        assert.deepStrictEqual(words(second.history), ["Prepared 1", "Prepared 2"])
        second.journal.append([prepared(3)])
        yield* second.journal.sync
        yield* second.end
      })
      const first = yield* open(yield* storeOn(misleading(files, Effect.orDie(meanwhile))))
      first.journal.append([prepared(1)])
      yield* first.journal.sync
      first.journal.append([prepared(2)])
      const writing = yield* Effect.forkChild(first.journal.sync, { startImmediately: true })
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(writing)
      assert.strictEqual((yield* reasonOf(first.journal.verify))._tag, "Fenced")
      assert.isTrue([...files.keys()].some((name) => name.endsWith("0000000001-00000002.mrj")))
      assert.deepStrictEqual(words(yield* found(successor)), ["Prepared 1", "Prepared 2", "Prepared 3"])
    }))
})
