/** Names that name nothing, and places where nothing can be made. */
import { assert, describe, it } from "@effect/vitest"
import { CheckpointStore, DeadLetters } from "@millrace/core"
import { CheckpointFiles, NodeDisk, StateFiles } from "@millrace/core/node"
import { Effect, Layer } from "effect"
import { existsSync } from "node:fs"

describe("a directory without a name", () => {
  for (const directory of ["", "  ", "check\0points"]) {
    it.live(`is refused for checkpoints: ${JSON.stringify(directory)}`, () =>
      Effect.gen(function*() {
        const store = yield* CheckpointStore.CheckpointStore
        const errors = [
          yield* Effect.flip(Effect.scoped(store.claim("orders"))),
          yield* Effect.flip(store.inspect("orders")),
          yield* Effect.flip(CheckpointStore.examine(directory, "orders")),
          yield* Effect.flip(CheckpointStore.repair(directory, "orders", { until: 1 }))
        ]
        for (const { isRetryable, message, reason } of errors) {
          assert.deepStrictEqual([reason._tag, isRetryable], ["Refused", false])
          assert.include(message, `cannot be kept: ${JSON.stringify(directory)}`)
        }
        assert.isFalse(existsSync("/orders"))
      }).pipe(Effect.provide([CheckpointFiles.layer({ directory }), NodeDisk.layer])))

    it.live(`is refused for dead letters: ${JSON.stringify(directory)}`, () =>
      Effect.gen(function*() {
        const letters = yield* DeadLetters.DeadLetters
        const error = yield* Effect.flip(letters.write("orders", 1, "out", []))
        assert.isFalse(error.isRetryable)
        assert.include(error.message, `cannot be kept: ${JSON.stringify(directory)}`)
      }).pipe(Effect.provide(Layer.provide(DeadLetters.layerFileSystem({ directory }), NodeDisk.layer))))
  }

  for (const file of ["", ":memory:", "a\0b"]) {
    it.live(`is refused for state: ${JSON.stringify(file)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(StateFiles.layerSqlite({ file }))))
        assert.include(error.message, "it names no file, and what has none is gone with the process")
      }))
  }
})

describe("a place below /proc", () => {
  it.live.skipIf(!existsSync("/proc/version"))("is refused, and not tried for ever", () =>
    Effect.gen(function*() {
      const state = yield* Effect.flip(Effect.scoped(Layer.build(StateFiles.layerSqlite({ file: "/proc/none/state.db" }))))
      assert.strictEqual(state.reason._tag, "StoreFailed")
      const checkpoint = yield* Effect.gen(function*() {
        return yield* Effect.flip(Effect.scoped((yield* CheckpointStore.CheckpointStore).claim("orders")))
      }).pipe(Effect.provide(CheckpointFiles.layer({ directory: "/proc/none" })))
      assert.strictEqual(checkpoint.reason._tag, "StoreFailed")
      assert.include(checkpoint.message, "/proc/none")
    }))
})
