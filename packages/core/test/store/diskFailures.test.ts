/** What a journal does when the disk is full or fails. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { begin, found, open, prepared, reasonOf, snapshotAt, type Store, words } from "./journals.ts"
import type { Files } from "./MemoryDisk.ts"
import { onRecording } from "./onDisk.ts"
import { type Recording, recordingDisk } from "./RecordingDisk.ts"

const on = <A, E>(
  body: (store: Store, recording: Recording) => Effect.Effect<A, E>,
  recording = recordingDisk()
) => onRecording(recording, body)

describe("a disk that fails", () => {
  it.effect("after a sync that failed the journal is not gone on with, whatever the reason", () =>
    Effect.forEach(["Failed", "Full"] as const, (reason) =>
      on((store, recording) =>
        Effect.gen(function*() {
          const { end, journal } = yield* open(store)
          journal.append([prepared(1)])
          yield* journal.sync
          recording.refuse = (operation) => operation === "datasync" ? reason : undefined
          journal.append([prepared(2)])
          assert.strictEqual((yield* reasonOf(journal.sync))._tag, "JournalFailed")
          recording.refuse = () => undefined
          recording.seen()
          const again = yield* Effect.flip(journal.sync)
          assert.strictEqual(again.reason._tag, "JournalFailed")
          assert.isTrue(again.isRetryable)
          assert.deepStrictEqual(recording.seen(), [])
          yield* end
          assert.include(["Prepared 1", "Prepared 1,Prepared 2"], words(yield* found(store)).join())
        }))))

  it.effect("a full disk is waited for, and what waited goes to a new segment", () =>
    on((store, recording) =>
      Effect.gen(function*() {
        const { end, journal } = yield* open(store)
        journal.append([prepared(1)])
        yield* journal.sync
        let full = true
        recording.refuse = (operation) => full && /append|write/.test(operation) ? "Full" : undefined
        journal.append([prepared(2)])
        const waiting = yield* Effect.forkChild(journal.sync, { startImmediately: true })
        yield* TestClock.adjust("5 seconds")
        assert.isTrue(journal.isPaused())
        assert.strictEqual(waiting.pollUnsafe(), undefined)
        journal.append([prepared(3)])
        full = false
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(waiting)
        yield* journal.sync
        assert.isFalse(journal.isPaused())
        yield* end
        const history = yield* found(store)
        assert.deepStrictEqual(words(history), ["Prepared 1", "Prepared 2", "Prepared 3"])
      })))

  it.effect("a write that was cut short is no damage, and tries on a full disk leave nothing behind", () => {
    const files: Files = new Map()
    const recording = recordingDisk({ files })
    return on((store) =>
      Effect.gen(function*() {
        const { end, journal } = yield* open(store)
        journal.append([prepared(1)])
        yield* journal.sync
        let full = true
        recording.refuse = (operation, path) => {
          if (!full || operation !== "write") return undefined
          const before = files.get(path)
          if (before instanceof Uint8Array) files.set(path, new Uint8Array([...before, 1, 2, 3, 4, 5, 6, 7]))
          return "Full"
        }
        journal.append([prepared(2)])
        const waiting = yield* Effect.forkChild(journal.sync, { startImmediately: true })
        yield* TestClock.adjust("20 seconds")
        full = false
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(waiting)
        yield* end
        const history = yield* found(store)
        assert.deepStrictEqual([words(history), history.warnings], [["Prepared 1", "Prepared 2"], []])
        assert.strictEqual([...files.keys()].filter((name) => name.endsWith(".mrj")).length, 2)
      }), recording)
  })

  it.effect("a run that was taken over while it waits for room stops waiting", () =>
    on((store, recording) =>
      Effect.gen(function*() {
        const first = yield* open(store)
        recording.refuse = (operation) => operation === "append" ? "Full" : undefined
        const waiting = yield* Effect.forkChild(reasonOf(first.journal.sync), { startImmediately: true })
        yield* TestClock.adjust("2 seconds")
        const second = yield* begin(store, { takeover: true })
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(yield* Fiber.join(waiting), { _tag: "Fenced", epoch: 1, by: 2 })
        yield* second.end
      })))

  it.effect("a clean stop on a full disk takes the room that was held back", () =>
    on((store, recording) =>
      Effect.gen(function*() {
        const { journal } = yield* open(store)
        journal.append([prepared(1)])
        yield* journal.sync
        let full = true
        recording.refuse = (operation, path) => {
          if (operation === "remove" && path.endsWith("reserve.bin")) full = false
          return full && operation === "write" ? "Full" : undefined
        }
        yield* journal.release(1)
        assert.deepStrictEqual(words(yield* found(store)), ["Prepared 1", "Released 1"])
      })))

  it.effect("a snapshot that fails half-way leaves the journal as it was", () =>
    on((store, recording) =>
      Effect.gen(function*() {
        const { end, journal } = yield* open(store)
        journal.append([prepared(1)])
        yield* journal.sync
        recording.refuse = (operation, path) => operation === "create" && /state/.test(path) ? "Full" : undefined
        const error = yield* Effect.flip(journal.snapshot(snapshotAt(1), 3))
        assert.deepStrictEqual([error.reason._tag, error.isRetryable], ["StoreFailed", true])
        recording.refuse = () => undefined
        journal.append([prepared(2)])
        yield* journal.sync
        yield* journal.snapshot(snapshotAt(2), 4)
        yield* end
        assert.deepStrictEqual((yield* found(store)).snapshot, snapshotAt(2))
      })))
})
