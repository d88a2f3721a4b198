/** The snapshots of a pipeline on disk: the newest, and the one before it in case that rots. */
import * as Effect from "effect/Effect"
import type { Disk, DiskError } from "./Disk.ts"
import type { Snapshot } from "./JournalRecord.ts"
import { type Layout, snapshotName, unfinished } from "./layout.ts"
import { writeSnapshot } from "./snapshots.ts"

/** A snapshot that is durable. */
export interface Stored {
  readonly reference: string
  readonly keepFrom: number
  readonly bytes: number
}

export class SnapshotShelf {
  private newest: Stored | undefined

  private readonly disk: Disk["Service"]
  private readonly layout: Layout
  private readonly pipeline: string

  constructor(disk: Disk["Service"], layout: Layout, pipeline: string, newest: Stored | undefined) {
    this.disk = disk
    this.layout = layout
    this.pipeline = pipeline
    this.newest = newest
  }

  get bytes(): number {
    return this.newest?.bytes ?? 0
  }

  /** Writes one beside the others, durably; it counts once the journal names it. What fails half-way is removed. */
  readonly put = (
    epoch: number,
    lsn: number,
    keepFrom: number,
    snapshot: Snapshot
  ): Effect.Effect<Stored, DiskError> => {
    const { disk, layout, pipeline } = this
    const reference = snapshotName(epoch, lsn)
    const folder = `${layout.snapshots}/${unfinished}${reference}`
    const final = `${layout.snapshots}/${reference}`
    const write = Effect.gen(function*() {
      yield* disk.remove(folder)
      yield* disk.remove(final)
      yield* disk.makeDirectory(folder, { network: true })
      const bytes = yield* writeSnapshot(disk, folder, { pipeline, keepFrom }, snapshot)
      yield* disk.sync(folder)
      yield* disk.rename(folder, final)
      yield* disk.sync(layout.snapshots)
      return { reference, keepFrom, bytes }
    })
    return Effect.onError(write, () => Effect.ignore(disk.remove(folder)))
  }

  /** Keeps this one and the one before it, and removes all others. Gives the oldest place that either needs. */
  readonly keep = (stored: Stored): Effect.Effect<number, DiskError> => {
    const before = this.newest
    this.newest = stored
    const kept = new Set([stored.reference, before?.reference])
    const { disk, layout } = this
    return Effect.gen(function*() {
      for (const name of yield* disk.list(layout.snapshots)) {
        if (!kept.has(name)) yield* disk.remove(`${layout.snapshots}/${name}`)
      }
      return before === undefined ? 1 : Math.min(before.keepFrom, stored.keepFrom)
    })
  }

  /** Removes what earlier epochs did not finish. */
  readonly tidy: Effect.Effect<void, DiskError> = Effect.suspend(() => {
    const { disk, layout } = this
    return Effect.gen(function*() {
      for (const name of yield* disk.list(layout.snapshots)) {
        if (name.startsWith(unfinished)) yield* disk.remove(`${layout.snapshots}/${name}`)
      }
    })
  })
}
