/** Records that are made durable together are the same as one by one. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { found, open } from "./journals.ts"
import type { Files } from "./MemoryDisk.ts"
import { onFiles, onRecording } from "./onDisk.ts"
import { recordingDisk } from "./RecordingDisk.ts"
import { anyRecord } from "./records.ts"

describe("groups", () => {
  it.live("one sync for many makes the same journal as a sync for each", () =>
    Effect.gen(function*() {
      const groups = Arbitrary.array(Arbitrary.array(anyRecord, { maxLength: 6 }), { maxLength: 8 })
      const checked = yield* Arbitrary.checkEffect(groups, (groups) =>
        Effect.gen(function*() {
          const together: Files = new Map()
          const apart: Files = new Map()
          const a = yield* onRecording(recordingDisk({ files: together }), (store) =>
            Effect.gen(function*() {
              const { end, journal } = yield* open(store)
              yield* Effect.all(
                groups.map((records) => Effect.andThen(Effect.sync(() => journal.append(records)), journal.sync)),
                { concurrency: "unbounded" }
              )
              yield* journal.sync
              yield* end
              return yield* found(store)
            }))
          const b = yield* onFiles(apart, (store) =>
            Effect.gen(function*() {
              const { end, journal } = yield* open(store)
              for (const record of groups.flat()) {
                journal.append([record])
                yield* journal.sync
              }
              yield* journal.sync
              yield* end
              return yield* found(store)
            }))
          assert.deepStrictEqual(a, b)
          return a.records.length === groups.flat().length + 1
        }), { runs: 100, size: 40 })
      assert.strictEqual(checked._tag, "Passed", JSON.stringify(checked).slice(0, 1000))
    }), 60_000)
})
