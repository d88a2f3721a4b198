/** The journal of one epoch in files: what is added waits in memory until a sync takes all of it along. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { CheckpointError, Reason } from "./CheckpointError.ts"
import type { Durability, Journal } from "./CheckpointStore.ts"
import type { Disk, DiskError } from "./Disk.ts"
import { failWith, onDisk, type Subject } from "./diskReason.ts"
import { markReleased, readEpochs } from "./epochs.ts"
import { type Entry, frameBytes } from "./frames.ts"
import type { JournalRecord, Snapshot } from "./JournalRecord.ts"
import { epochName, type Layout } from "./layout.ts"
import { encodeRecord, kindOf } from "./records.ts"
import { type Closed, type Epoch, SegmentWriter } from "./SegmentWriter.ts"
import { SnapshotShelf, type Stored } from "./SnapshotShelf.ts"

/** What a journal is made of. */
export interface Setting {
  readonly disk: Disk["Service"]
  readonly layout: Layout
  readonly subject: Subject
  readonly durability: Durability
  readonly segmentBytes: number
  readonly scope: Scope.Scope
}

/** Where it begins. */
export interface Beginning {
  readonly epoch: Epoch
  readonly crc: number
  readonly segments: ReadonlyArray<Closed>
  readonly stored: Stored | undefined
  readonly bytesSince: number
  readonly giveBack: () => void
}

/** As much goes into one write; a record that is larger goes alone. */
const groupBytes = 4 * 1024 * 1024

/** With durability "none" this much stays in memory. */
const heldBytes = 1024 * 1024

/** How often a full disk is tried. */
const fullRetry = "1 second"

export class FileJournal implements Journal {
  private readonly gate = Semaphore.makeUnsafe(1)
  private readonly encoder = new TextEncoder()
  private readonly writer: SegmentWriter
  private readonly shelf: SnapshotShelf
  private queue: Array<Entry> = []
  private queued = 0
  private last: number
  private durable: number
  private since: number
  private paused = false
  private releasing = false
  private reserve = true
  private failed: Reason | undefined

  private readonly setting: Setting
  private readonly beginning: Beginning

  constructor(setting: Setting, beginning: Beginning) {
    this.setting = setting
    this.beginning = beginning
    this.last = beginning.epoch.sealLsn - 1
    this.durable = this.last
    this.since = beginning.bytesSince
    this.shelf = new SnapshotShelf(setting.disk, setting.layout, setting.subject.pipeline, beginning.stored)
    this.writer = new SegmentWriter(
      setting.disk,
      setting.layout,
      beginning.epoch,
      beginning,
      { segmentBytes: setting.segmentBytes, sync: setting.durability === "fsync" },
      setting.scope
    )
  }

  readonly append = (records: ReadonlyArray<JournalRecord>): number => {
    for (const record of records) {
      const payload = this.encoder.encode(encodeRecord(record))
      const bytes = frameBytes(payload.length)
      this.queue.push({ lsn: ++this.last, kind: kindOf(record), payload })
      this.queued += bytes
      this.since += bytes
    }
    return this.last
  }

  /**
   * Who comes first writes for all that wait: when the gate opens for them, what they added is durable. Only waiting can
   * be interrupted, for the gate or for room on the disk.
   */
  readonly sync: Effect.Effect<void, CheckpointError> = Effect.suspend(() => {
    const mayHold = this.setting.durability === "none" && this.queued < heldBytes && this.failed === undefined
    return mayHold ? Effect.void : this.reach(this.last)
  })

  private reach(target: number): Effect.Effect<void, CheckpointError> {
    const isThere = () => this.durable >= target && this.failed === undefined
    if (isThere()) return Effect.void
    return this.gate.withPermit(Effect.suspend(() => isThere() ? Effect.void : this.flush(target)))
  }

  private flush(target: number): Effect.Effect<void, CheckpointError> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.gen({ self: this }, function*() {
        while (this.failed === undefined && this.durable < target) {
          const { bytes, entries } = this.nextGroup()
          const result = yield* Effect.result(this.writer.write(entries, bytes, this.durable))
          if (result._tag === "Success") {
            this.queue.splice(0, entries.length)
            this.queued -= bytes
            this.durable += entries.length
            if (this.paused) yield* this.goOn
          } else if (result.failure.reason === "Full") yield* this.makeRoom(result.failure, restore)
          else this.fail(result.failure)
        }
        if (this.failed !== undefined) return yield* failWith(this.setting.subject, this.failed)
      })
    )
  }

  private nextGroup(): { readonly entries: ReadonlyArray<Entry>; readonly bytes: number } {
    let count = 0
    let bytes = 0
    for (const { payload } of this.queue) {
      const more = frameBytes(payload.length)
      if (count > 0 && bytes + more > groupBytes) break
      bytes += more
      count++
    }
    return { entries: this.queue.slice(0, count), bytes }
  }

  private fail(cause: DiskError): void {
    this.failed = { _tag: "JournalFailed", operation: cause.operation, cause }
  }

  /** Nothing was acknowledged of the group that found no room: it is written again, into a new segment. */
  private makeRoom(cause: DiskError, restore: Restore): Effect.Effect<void, CheckpointError> {
    return Effect.gen({ self: this }, function*() {
      yield* this.writer.close
      if (this.releasing) {
        if (this.reserve) {
          this.reserve = false
          yield* Effect.ignore(this.setting.disk.remove(this.setting.layout.reserve))
        } else this.fail(cause)
        return
      }
      if (!this.paused) {
        this.paused = true
        yield* Effect.logWarning(`The disk of ${this.setting.layout.home} is full: the pipeline waits for room on it`)
      }
      yield* restore(Effect.sleep(fullRetry))
      yield* this.verify
    })
  }

  private readonly goOn: Effect.Effect<void> = Effect.suspend(() => {
    this.paused = false
    return Effect.logInfo(`The disk of ${this.setting.layout.home} has room again: the pipeline goes on`)
  })

  readonly verify: Effect.Effect<void, CheckpointError> = Effect.suspend(() => {
    const { epoch } = this.beginning.epoch
    const { disk, layout, subject } = this.setting
    return Effect.flatMap(
      onDisk(subject, "looking for a newer epoch")(disk.exists(`${layout.epochs}/${epochName(epoch + 1)}`)),
      (isThere) => isThere ? fencedBy(this.setting, epoch) : Effect.void
    )
  })

  readonly snapshot = (snapshot: Snapshot, keepFrom: number): Effect.Effect<void, CheckpointError> =>
    Effect.gen({ self: this }, function*() {
      const { subject } = this.setting
      yield* this.verify
      const from = Math.min(keepFrom, this.last + 1)
      const stored = yield* onDisk(subject, "writing a snapshot")(
        this.shelf.put(this.beginning.epoch.epoch, this.last, from, snapshot)
      )
      const lsn = this.append([{ _tag: "SnapshotTaken", batch: snapshot.batch, reference: stored.reference }])
      const before = this.since
      yield* this.reach(lsn)
      yield* this.verify
      this.since -= before
      yield* onDisk(subject, "removing what is no longer needed")(
        Effect.andThen(this.shelf.keep(stored), (needed) => this.writer.truncate(needed))
      )
    })

  /** Removes what earlier epochs left unfinished. */
  readonly tidy: Effect.Effect<void, DiskError> = Effect.suspend(() => this.shelf.tidy)

  readonly bytesSinceSnapshot = (): number => this.since

  readonly snapshotBytes = (): number => this.shelf.bytes

  readonly isPaused = (): boolean => this.paused

  readonly release = (batch: number): Effect.Effect<void, CheckpointError> =>
    Effect.gen({ self: this }, function*() {
      yield* this.verify
      this.releasing = true
      yield* this.reach(this.append([{ _tag: "Released", batch }]))
      yield* Effect.uninterruptible(this.gate.withPermit(this.writer.close))
      yield* markReleased(this.setting.disk, this.setting.layout, this.beginning.epoch.epoch)
      this.beginning.giveBack()
    })
}

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** The newest epoch is who did it. */
const fencedBy = ({ disk, layout, subject }: Setting, epoch: number): Effect.Effect<never, CheckpointError> =>
  Effect.flatMap(
    onDisk(subject, "looking for the newest epoch")(readEpochs(disk, layout)),
    ({ newest }) => failWith(subject, { _tag: "Fenced", epoch, by: Math.max(newest, epoch + 1) })
  )
