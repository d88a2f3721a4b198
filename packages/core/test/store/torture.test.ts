/** Journals that were cut and flipped: a tail that is dropped, a typed error, or a fallback; nothing else. */
import { assert, describe, it } from "@effect/vitest"
import type { CheckpointStore } from "@millrace/core"
import { Effect, Random } from "effect"
import { scanSegment } from "../../src/store/scanSegment.ts"
import { changed, data, open, pipeline, prepared, snapshotAt, words } from "./journals.ts"
import type { Files } from "./MemoryDisk.ts"
import { onFiles } from "./onDisk.ts"

const bytesAt = (files: Files, path: string): Uint8Array => {
  const bytes = files.get(path)
  assert(bytes instanceof Uint8Array)
  return bytes
}

/** Two epochs, a snapshot in each, several segments, and records after. */
const wellWritten = (files: Files, batches: number) =>
  onFiles(files, (store) =>
    Effect.gen(function*() {
      for (const half of [0, 1]) {
        const { end, journal } = yield* open(store)
        for (let batch = half * batches + 1; batch <= (half + 1) * batches; batch++) {
          const last = journal.append([data(batch), changed(batch, "x".repeat(batch % 50)), prepared(batch)])
          yield* journal.sync
          if (batch % batches === batches >> 1) yield* journal.snapshot(snapshotAt(batch), last + 1)
        }
        yield* end
      }
      return yield* store.inspect(pipeline)
    }))

/** Whether a history says nothing but what was written: a first part of it, from a snapshot that was taken. */
const isPart = (whole: CheckpointStore.History, part: CheckpointStore.History): boolean => {
  const text = new Map(whole.records.map(({ lsn, record }) => [lsn, JSON.stringify(record)]))
  const first = part.records[0]?.lsn ?? 1
  return part.records.every(({ lsn, record }, place) =>
    lsn === first + place && (text.get(lsn) ?? JSON.stringify(record)) === JSON.stringify(record)
  )
}

const refusals = new Set(["JournalCorrupt", "SnapshotCorrupt", "FormatTooNew", "StoreFailed", "PipelineMismatch"])

describe("a journal that was damaged", () => {
  it.live("truncated at every byte gives a first part of what was written, or is refused", () =>
    Effect.gen(function*() {
      const files: Files = new Map()
      yield* onFiles(files, (store) =>
        Effect.gen(function*() {
          const { end, journal } = yield* open(store)
          for (let batch = 1; batch <= 53; batch++) {
            journal.append([changed(batch, "x".repeat(900 + batch)), prepared(batch)])
            yield* journal.sync
          }
          yield* end
        }), 2 ** 20)
      const path = `/data/${pipeline}/journal/0000000001-00000001.mrj`
      const bytes = bytesAt(files, path)
      assert.isAtLeast(bytes.length, 65_000)
      const whole = scanSegment(1, 1, "s", bytes)
      let least = 0
      for (let length = 0; length <= bytes.length; length++) {
        const cut = scanSegment(1, 1, "s", bytes.subarray(0, length))
        const count = cut.frames.length
        assert.isTrue(count >= least && (count === 0 || cut.frames[count - 1]?.crc === whole.frames[count - 1]?.crc))
        // Nothing that was durable by its own word is missing from what is left.
        assert.isBelow(cut.durable, (cut.header?.firstLsn ?? 1) + count)
        least = count
      }
      assert.strictEqual(least, whole.frames.length)
      for (let length = 0; length <= bytes.length; length += 997) {
        files.set(path, bytes.slice(0, length))
        const history = yield* onFiles(files, (store) => store.inspect(pipeline))
        const frames = scanSegment(1, 1, "s", bytes.subarray(0, length)).frames.length
        assert.strictEqual(history.records.length, frames)
      }
    }), 60_000)

  it.live("with one bit flipped anywhere gives what was written, a first part of it, or is refused", () =>
    Effect.gen(function*() {
      const files: Files = new Map()
      const whole = yield* wellWritten(files, 120)
      const paths = [...files].filter(([, content]) => content instanceof Uint8Array && content.length > 0)
        .map(([path]) => path).filter((path) => !path.includes("/epochs/"))
      assert.isAtLeast(paths.length, 8)
      const outcomes = new Map<string, number>()
      for (let round = 0; round < 2000; round++) {
        const path = paths[yield* Random.nextIntBetween(0, paths.length, { halfOpen: true })] ?? ""
        const bytes = bytesAt(files, path)
        const at = yield* Random.nextIntBetween(0, bytes.length, { halfOpen: true })
        const flipped = bytes.slice()
        flipped[at] = flipped[at]! ^ (1 << (yield* Random.nextIntBetween(0, 7)))
        const result = yield* Effect.result(
          onFiles(new Map(files).set(path, flipped), (store) => store.inspect(pipeline))
        )
        const outcome = result._tag === "Failure" ? result.failure.reason._tag : outcomeOf(whole, result.success)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
        assert.isTrue(refusals.has(outcome) || outcome === "same" || outcome === "tail" || outcome === "fallback",
          `${outcome}: ${path} at ${at}`)
      }
      for (const outcome of ["JournalCorrupt", "fallback"]) assert.isAbove(outcomes.get(outcome) ?? 0, 0, outcome)
    }).pipe(Random.withSeed("flips")), 60_000)

  it.live("with a hole that was durable is refused, with the place of the damage", () =>
    Effect.gen(function*() {
      const files: Files = new Map()
      yield* onFiles(files, (store) =>
        Effect.gen(function*() {
          const { end, journal } = yield* open(store)
          for (const batch of [1, 2, 3]) {
            journal.append([prepared(batch)])
            yield* journal.sync
          }
          yield* end
        }))
      const path = `/data/${pipeline}/journal/0000000001-00000001.mrj`
      const bytes = bytesAt(files, path)
      const { frames } = scanSegment(1, 1, "s", bytes)
      for (const { lsn, offset, start } of frames) {
        const damaged = bytes.slice()
        damaged[start] = 0
        files.set(path, damaged)
        const result = yield* Effect.result(onFiles(files, (store) => store.inspect(pipeline)))
        if (lsn < frames.length) {
          assert(result._tag === "Failure")
          assert.deepStrictEqual(result.failure.reason, {
            _tag: "JournalCorrupt",
            segment: "0000000001-00000001.mrj",
            offset,
            lsn
          })
        } else {
          assert(result._tag === "Success")
          assert.deepStrictEqual(words(result.success), ["Prepared 1", "Prepared 2"])
          assert.strictEqual(result.success.warnings.length, 1)
        }
      }
    }))

  it.live("whose last group came to disk without its first page loses that group and no more", () =>
    Effect.gen(function*() {
      const files: Files = new Map()
      yield* onFiles(files, (store) =>
        Effect.gen(function*() {
          const { end, journal } = yield* open(store)
          journal.append([prepared(1)])
          yield* journal.sync
          journal.append([prepared(2), prepared(3), prepared(4)])
          yield* journal.sync
          yield* end
        }))
      const path = `/data/${pipeline}/journal/0000000001-00000001.mrj`
      const bytes = bytesAt(files, path).slice()
      const frame = scanSegment(1, 1, "s", bytes).frames[2]
      assert(frame !== undefined)
      files.set(path, bytes.fill(0, frame.offset, frame.end))
      const history = yield* onFiles(files, (store) => store.inspect(pipeline))
      assert.deepStrictEqual(words(history), ["Prepared 1"])
      assert.match(history.warnings[0] ?? "", /after record 2 /)
    }))

  it.live("with both snapshots damaged is refused where the journal does not reach back", () =>
    Effect.gen(function*() {
      const files: Files = new Map()
      yield* wellWritten(files, 120)
      for (const path of Array.from(files.keys())) {
        if (path.includes("/journal/0000000001-00000001")) files.delete(path)
        if (path.endsWith("head.json")) files.set(path, new Uint8Array(1))
      }
      const result = yield* Effect.result(onFiles(files, (store) => store.inspect(pipeline)))
      assert(result._tag === "Failure" && result.failure.reason._tag === "SnapshotCorrupt")
      assert.isAtLeast(result.failure.reason.references.length, 1)
    }))
})

const outcomeOf = (whole: CheckpointStore.History, part: CheckpointStore.History): string => {
  if (!isPart(whole, part)) return "wrong"
  if (part.snapshot?.batch !== whole.snapshot?.batch) {
    return part.warnings.length > 0 && JSON.stringify(part.snapshot) === JSON.stringify(snapshotAt(60)) ? "fallback" : "wrong"
  }
  if (JSON.stringify(part.snapshot) !== JSON.stringify(whole.snapshot)) return "wrong"
  if (part.records.length === whole.records.length) return "same"
  return part.warnings.length > 0 ? "tail" : "wrong"
}
