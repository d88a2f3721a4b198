import { assert, describe, it } from "@effect/vitest"
import { StateStore } from "@millrace/core"
import { StateFiles } from "@millrace/core/node"
import { Effect } from "effect"
import { keepsStateContract } from "../store/stateContract.ts"
import { newStore, someFile } from "./sqliteFiles.ts"

const operator = { pipeline: "shop", operator: "totals" }

const open = (byKey: boolean) => Effect.flatMap(StateStore, (store) => store.open(operator, { byKey }))

describe("StateFiles.layerSqlite", () => {
  keepsStateContract("as a whole", () => newStore(), false)
  keepsStateContract("by key", () => newStore(), true)

  for (const byKey of [true, false]) {
    it.effect(`another process finds what this one left, ${byKey ? "by key" : "as a whole"}`, () =>
      Effect.scoped(Effect.gen(function*() {
        const file = yield* someFile
        const layer = StateFiles.layerSqlite({ file })
        const write = Effect.flatMap(open(byKey), (state) =>
          state.apply(4, { removed: [], names: ["a", 1], values: [{ n: 1 }, "\ud800\u0000"], rest: { at: 7 } }))
        yield* Effect.provide(Effect.scoped(write), layer)
        const read = Effect.flatMap(open(byKey), (state) => Effect.map(state.load, (load) => [state.appliedBatch, load]))
        const [batch, deltas] = yield* Effect.provide(Effect.scoped(read), layer)
        const at = byKey ? { at: [7, 7], seeded: true } : { at: 7 }
        assert.strictEqual(batch, 4)
        assert.deepStrictEqual<unknown>(deltas, [
          { removed: [], names: ["a", 1], values: [{ n: 1 }, "\ud800\u0000"], rest: at }
        ])
      })))
  }

  it.effect("reads by name, by age and by time, in pages", () =>
    Effect.scoped(Effect.gen(function*() {
      const state = yield* open(true)
      const { keys } = state
      assert(keys !== undefined)
      assert.deepStrictEqual(keys.status().size, 0)
      yield* state.apply(1, { removed: [], names: ["a", "1", 1, "b"], values: [1, 2, 3, 4], rest: { at: [10, 30, 20, 10] } })
      yield* state.apply(2, { removed: ["a"], names: ["1", "a"], values: [5, 6], rest: { at: 20, keys: [{ k: 1 }, { k: 2 }] } })
      const names = (rows: ReadonlyArray<{ readonly name: unknown }>) => rows.map(({ name }) => name)
      assert.deepStrictEqual(keys.get(1), { name: 1, value: 3, at: 20, serial: 3 })
      assert.deepStrictEqual(keys.get("1"), { name: "1", value: 5, key: { k: 1 }, at: 20, serial: 2 })
      assert.isUndefined(keys.get("c"))
      assert.deepStrictEqual(names(keys.byAge(0, 10)), ["1", 1, "b", "a"])
      assert.deepStrictEqual(names(keys.byAge(2, 2)), [1, "b"])
      assert.deepStrictEqual(names(keys.oldest(undefined, Infinity, 10)), ["b", "1", 1, "a"])
      assert.deepStrictEqual(names(keys.oldest({ at: 20, serial: 2 }, Infinity, 1)), [1])
      assert.deepStrictEqual(names(keys.oldest(undefined, 20, 10)), ["b"])
      const { next, seeded, size } = keys.status()
      assert.deepStrictEqual([next, seeded, size], [6, true, 4])
    })).pipe(Effect.provide(newStore())))

  it.effect("a batch that cannot be written whole is not written", () =>
    Effect.scoped(Effect.gen(function*() {
      const state = yield* open(true)
      yield* state.apply(1, { removed: [], names: ["a"], values: [1], rest: { at: 1 } })
      const error = yield* Effect.flip(state.apply(2, { removed: ["a"], names: ["b", "c"], values: [1, 2], rest: { at: [1] } }))
      assert.strictEqual(error.reason._tag, "StoreFailed")
      assert.include(error.message, "failed at batch 2")
      assert.deepStrictEqual([state.appliedBatch, state.keys?.status().size], [1, 1])
      assert.deepStrictEqual(state.keys?.get("a")?.value, 1)
      yield* state.apply(2, { removed: ["a"], names: ["b"], values: [1], rest: { at: 1 } })
      assert.deepStrictEqual(state.keys?.byAge(0, 9).map(({ name, serial }) => [name, serial]), [["b", 2]])
    })).pipe(Effect.provide(newStore())))

  it.effect("says when a file is in use, and frees it", () =>
    Effect.scoped(Effect.gen(function*() {
      const file = yield* someFile
      const use = Effect.provide(Effect.scoped(open(true)), StateFiles.layerSqlite({ file }))
      const twice = Effect.provide(Effect.flip(use), StateFiles.layerSqlite({ file }))
      const error = yield* twice
      assert(error._tag === "StateError")
      assert.strictEqual(error.reason._tag, "StateInUse")
      assert.isTrue(error.isRetryable)
      assert.include(error.message, file)
      yield* use
    })))

  it.effect("what was kept by key is not read as a whole", () =>
    Effect.scoped(Effect.gen(function*() {
      yield* open(true)
      const error = yield* Effect.flip(open(false))
      assert.include(error.message, "was kept key by key and cannot be read as a whole")
    })).pipe(Effect.provide(newStore())))

  it.effect("refuses what is no database, and what a later version made", () =>
    Effect.scoped(Effect.gen(function*() {
      const file = yield* someFile
      yield* Effect.provide(Effect.scoped(open(true)), StateFiles.layerSqlite({ file }))
      const { DatabaseSync } = yield* Effect.promise(() => import("node:sqlite"))
      const database = new DatabaseSync(file)
      database.exec("PRAGMA user_version = 9")
      database.close()
      const newer = yield* Effect.flip(Effect.provide(Effect.scoped(open(true)), StateFiles.layerSqlite({ file })))
      assert.include(newer.message, "has format 9, and this version knows formats up to 1")
      const broken = yield* Effect.flip(Effect.provide(Effect.scoped(open(true)), StateFiles.layerSqlite({ file: import.meta.dirname })))
      assert.strictEqual(broken.reason._tag, "StoreFailed")
    })))
})
