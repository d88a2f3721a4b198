import { assert, describe, it } from "@effect/vitest"
import { CheckpointStore, Disk } from "@millrace/core"
import { Effect, Layer } from "effect"
import { begin, found, open, prepared, reasonOf, words } from "./journals.ts"
import { type Files, makeMemoryDisk } from "./MemoryDisk.ts"

/** The first sync of a segment takes away its last bytes: another process had its own sync fail just before. */
const losing = (files: Files): Disk.Disk["Service"] => {
  const disk = makeMemoryDisk({ files })
  let isDone = false
  return Disk.Disk.of({
    ...disk,
    sync: (path) => {
      const content = files.get(path)
      if (isDone || !path.endsWith(".mrj") || content === undefined || content === "directory") return disk.sync(path)
      isDone = true
      files.set(path, content.slice(0, -8))
      return disk.sync(path)
    }
  })
}

const storeOn = (disk: Disk.Disk["Service"]) =>
  Layer.provide(
    CheckpointStore.layerFileSystem({ directory: "/data", reserveBytes: 0 }),
    Layer.succeed(Disk.Disk, disk)
  )

describe("what was read and is gone before it is durable", () => {
  it.effect("is not believed; the next try sees what is there", () =>
    Effect.gen(function*() {
      const files: Files = new Map()
      yield* Effect.provide(
        Effect.gen(function*() {
          const store = yield* CheckpointStore.CheckpointStore
          const { end, journal } = yield* open(store)
          journal.append([prepared(1)])
          yield* journal.sync
          yield* end
        }),
        storeOn(makeMemoryDisk({ files }))
      )
      yield* Effect.provide(
        Effect.gen(function*() {
          const store = yield* CheckpointStore.CheckpointStore
          const first = yield* begin(store)
          const reason = yield* reasonOf(first.claim.read)
          assert.strictEqual(reason._tag, "StoreFailed")
          assert.isTrue(reason._tag === "StoreFailed" && reason.retryable)
          yield* first.end
          assert.deepStrictEqual(words(yield* found(store)), [])
        }),
        storeOn(losing(files))
      )
    }))
})
