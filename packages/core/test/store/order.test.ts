/** The order of what the disk is asked to do: every effect waits for its sync. */
import { assert, describe, it } from "@effect/vitest"
import type { CheckpointStore } from "@millrace/core"
import { Effect } from "effect"
import { begin, changed, committed, found, open, prepared, snapshotAt, type Store, words } from "./journals.ts"
import { onRecording } from "./onDisk.ts"
import { type Recording, recordingDisk } from "./RecordingDisk.ts"

const on = <A, E>(
  body: (store: Store, recording: Recording) => Effect.Effect<A, E>,
  options: Omit<CheckpointStore.FileOptions, "directory"> = {},
  recording = recordingDisk()
) => onRecording(recording, body, options)

const segment = (epoch: number, number: number) => `journal/000000000${epoch}-0000000${number}.mrj`

describe("the order on disk", () => {
  it.effect("of a start: the epoch is durable before it is used, nothing is written of it before its first sync", () =>
    on((store, { seen }) =>
      Effect.gen(function*() {
        const { claim, end } = yield* begin(store)
        assert.deepStrictEqual(seen(), [
          "create META.json.1.1",
          "rename META.json",
          "sync orders",
          "create epochs/0000000001",
          "sync epochs"
        ])
        yield* claim.read
        assert.deepStrictEqual(seen(), [])
        const journal = yield* claim.seal({})
        assert.deepStrictEqual(seen(), ["exists epochs/0000000002", "exists reserve.bin", "create reserve.bin"])
        journal.append([prepared(1)])
        assert.deepStrictEqual(seen(), [])
        yield* journal.sync
        yield* journal.verify
        assert.deepStrictEqual(seen(), [
          `append ${segment(1, 1)}`,
          `write ${segment(1, 1)}`,
          `datasync ${segment(1, 1)}`,
          "sync journal",
          `write ${segment(1, 1)}`,
          `datasync ${segment(1, 1)}`,
          "exists epochs/0000000002"
        ])
        yield* end
      })))

  it.effect("of a restart: what an earlier epoch wrote is made durable before it is believed", () =>
    on((store, { seen }) =>
      Effect.gen(function*() {
        const first = yield* open(store)
        first.journal.append([prepared(1)])
        yield* first.journal.sync
        yield* first.end
        const second = yield* begin(store)
        seen()
        yield* second.claim.read
        assert.deepStrictEqual(seen(), [`sync ${segment(1, 1)}`, "sync journal"])
        yield* second.end
      })))

  it.effect("of groups: one write and one sync for all that wait, none for what nobody waits for", () =>
    on((store, { seen }) =>
      Effect.gen(function*() {
        const { end, journal } = yield* open(store)
        yield* journal.sync
        seen()
        journal.append([committed(1)])
        assert.deepStrictEqual(seen(), [])
        const writers = Array.from({ length: 50 }, (_, place) =>
          Effect.andThen(Effect.sync(() => journal.append([prepared(place)])), journal.sync))
        yield* Effect.all(writers, { concurrency: "unbounded" })
        const operations = seen()
        assert.isAtMost(operations.length, 4)
        assert.deepStrictEqual(
          operations,
          operations.map((_, place) => `${place % 2 === 0 ? "write" : "datasync"} ${segment(1, 1)}`)
        )
        yield* journal.sync
        assert.deepStrictEqual(seen(), [])
        yield* end
      })))

  it.effect("of more than four MiB: several groups, in order, each durable before the next", () =>
    on((store, { seen }) =>
      Effect.gen(function*() {
        const { end, journal } = yield* open(store)
        yield* journal.sync
        seen()
        const large = "x".repeat(2 ** 20)
        journal.append([1, 2, 3, 4, 5, 6].map((batch) => changed(batch, large)))
        journal.append([changed(7, large.repeat(6)), prepared(7)])
        yield* journal.sync
        const group = [`write ${segment(1, 1)}`, `datasync ${segment(1, 1)}`]
        assert.deepStrictEqual(seen(), [group, group, group, group].flat())
        yield* end
        assert.strictEqual((yield* found(store)).records.length, 9)
      })))

  it.effect("of a roll: the new segment and its name are durable before it is used", () =>
    on((store, { seen }) =>
      Effect.gen(function*() {
        const { end, journal } = yield* open(store)
        journal.append([changed(1, "x".repeat(900))])
        yield* journal.sync
        seen()
        journal.append([prepared(2)])
        yield* journal.sync
        assert.deepStrictEqual(seen(), [
          `append ${segment(1, 2)}`,
          `write ${segment(1, 2)}`,
          `datasync ${segment(1, 2)}`,
          "sync journal",
          `write ${segment(1, 2)}`,
          `datasync ${segment(1, 2)}`
        ])
        yield* end
      }), { segmentBytes: 1000 }))

  it.effect("of a snapshot: it is durable before the journal names it, and only then is anything removed", () =>
    on((store, { seen }) =>
      Effect.gen(function*() {
        const { end, journal } = yield* open(store)
        for (const batch of [1, 2]) {
          const next = journal.append([changed(batch, "x".repeat(900)), prepared(batch)])
          yield* journal.sync
          yield* journal.snapshot(snapshotAt(batch), next + 1)
        }
        const next = journal.append([prepared(3)])
        yield* journal.sync
        seen()
        yield* journal.snapshot(snapshotAt(3), next + 1)
        const name = "0000000001-000000000008"
        assert.deepStrictEqual(seen(), [
          "exists epochs/0000000002",
          `remove snap/tmp-${name}`,
          `remove snap/${name}`,
          `create snap/tmp-${name}/head.json`,
          `create snap/tmp-${name}/state-000001.json`,
          `create snap/tmp-${name}/manifest.json`,
          `sync snap/tmp-${name}`,
          `rename snap/${name}`,
          "sync snap",
          `write ${segment(1, 4)}`,
          `datasync ${segment(1, 4)}`,
          "exists epochs/0000000002",
          "remove snap/0000000001-000000000003",
          // One after the other: of two removals a loss of power could keep the second alone, which leaves a gap.
          `remove ${segment(1, 2)}`,
          "sync journal",
          `remove ${segment(1, 3)}`,
          "sync journal"
        ])
        yield* end
        assert.deepStrictEqual((yield* found(store)).snapshot, snapshotAt(3))
      }), { segmentBytes: 600 }))

  it.effect("of a clean stop: the last record is durable before the claim is given back", () =>
    on((store, { seen }) =>
      Effect.gen(function*() {
        const { journal } = yield* open(store)
        yield* journal.sync
        seen()
        journal.append([committed(1)])
        yield* journal.release(1)
        assert.deepStrictEqual(seen(), [
          "exists epochs/0000000002",
          `write ${segment(1, 1)}`,
          `datasync ${segment(1, 1)}`,
          "create epochs/0000000001.released"
        ])
      })))

  it.effect("without syncs where the system is left to write", () =>
    on((store, { seen }) =>
      Effect.gen(function*() {
        const { end, journal } = yield* open(store)
        seen()
        journal.append([prepared(1)])
        yield* journal.sync
        assert.deepStrictEqual(seen(), [
          `append ${segment(1, 1)}`,
          `write ${segment(1, 1)}`,
          `write ${segment(1, 1)}`
        ])
        yield* end
      }), { durability: "os" }))

  it.effect("with durability none, nothing below a MiB is written before a clean stop", () =>
    on((store, { seen }) =>
      Effect.gen(function*() {
        const { journal } = yield* open(store)
        seen()
        journal.append([prepared(1)])
        yield* journal.sync
        assert.deepStrictEqual(seen(), [])
        journal.append([changed(2, "x".repeat(1024 * 1024))])
        yield* journal.sync
        assert.strictEqual(seen().length, 3)
        journal.append([prepared(2)])
        yield* journal.release(2)
        assert.deepStrictEqual(words(yield* found(store)), ["Prepared 1", "Changed 2", "Prepared 2", "Released 2"])
      }), { durability: "none" }))
})
