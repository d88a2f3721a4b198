/** The segments that an epoch writes: the open one, and how it gives way to the next. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import { type AppendFile, type Disk, DiskError } from "./Disk.ts"
import { type Entry, frameGroup } from "./frames.ts"
import { type Layout, segmentName } from "./layout.ts"
import { encodeSegmentHeader, segmentHeaderBytes } from "./segmentHeader.ts"

/** What all segments of an epoch have in common. */
export interface Epoch {
  readonly epoch: number
  readonly previousEpoch: number
  readonly sealLsn: number
}

interface Open {
  readonly scope: Scope.Closeable
  readonly file: AppendFile
  readonly path: string
  readonly salt: number
  bytes: number
  /** Place of the last frame that is durable in it, 0 for none. */
  last: number
}

/** A segment that is on disk. */
export interface Closed {
  readonly path: string
  readonly last: number
}

/** What a sync that failed left is not known, not even if it says that there was no room. */
const sure = (sync: Effect.Effect<void, DiskError>): Effect.Effect<void, DiskError> =>
  Effect.mapError(sync, ({ cause, operation, path }) => new DiskError({ operation, path, reason: "Failed", cause }))

/**
 * Writes groups of frames, one after the other. A group that failed may be tried again: it goes to a segment of its own,
 * because what a failed write left in a file is not known. A sync that failed must not be tried again.
 */
export class SegmentWriter {
  private open: Open | undefined
  private number = 0
  private crc: number
  private readonly closed: Array<Closed>

  private readonly disk: Disk["Service"]
  private readonly layout: Layout
  private readonly epoch: Epoch
  private readonly options: { readonly segmentBytes: number; readonly sync: boolean }
  private readonly scope: Scope.Scope

  constructor(
    disk: Disk["Service"],
    layout: Layout,
    epoch: Epoch,
    past: { readonly crc: number; readonly segments: ReadonlyArray<Closed> },
    options: { readonly segmentBytes: number; readonly sync: boolean },
    scope: Scope.Scope
  ) {
    this.disk = disk
    this.layout = layout
    this.epoch = epoch
    this.crc = past.crc
    this.closed = [...past.segments]
    this.options = options
    this.scope = scope
  }

  /** Writes entries and makes them durable. They follow what was written before. */
  readonly write = Effect.fnUntraced(
    { self: this },
    function*(
      this: SegmentWriter,
      entries: ReadonlyArray<Entry>,
      bytes: number,
      durable: number
    ): Effect.fn.Return<void, DiskError> {
      const isFull = this.open !== undefined && this.open.bytes > segmentHeaderBytes &&
        this.open.bytes + bytes > this.options.segmentBytes
      if (isFull) yield* this.close
      const open = this.open ?? (yield* this.start(entries[0]?.lsn ?? durable + 1))
      const group = frameGroup(entries, open.salt, durable)
      yield* open.file.write(group.parts)
      if (this.options.sync) yield* sure(open.file.sync)
      open.bytes += group.bytes
      open.last = entries.at(-1)?.lsn ?? open.last
      this.crc = group.crc
    }
  )

  /** Leaves the open segment. One that holds nothing durable is removed, so that tries on a full disk do not fill it. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    const open = this.open
    if (open === undefined) return Effect.void
    this.open = undefined
    if (open.last > 0) this.closed.push({ path: open.path, last: open.last })
    const closed = Scope.close(open.scope, Exit.void)
    return open.last > 0 ? closed : Effect.andThen(closed, Effect.ignore(this.disk.remove(open.path)))
  })

  /** The new segment and its name are durable before anything is added to it. */
  private readonly start = Effect.fnUntraced(
    { self: this },
    function*(this: SegmentWriter, firstLsn: number): Effect.fn.Return<Open, DiskError> {
      const salt = yield* Random.nextIntBetween(1, 2 ** 31)
      const number = ++this.number
      const path = `${this.layout.journal}/${segmentName(this.epoch.epoch, number)}`
      const scope = yield* Scope.fork(this.scope)
      const file = yield* Effect.onError(
        Scope.provide(this.disk.append(path), scope),
        () => Scope.close(scope, Exit.void)
      )
      const open: Open = { scope, file, path, salt, bytes: segmentHeaderBytes, last: 0 }
      this.open = open
      const header = encodeSegmentHeader({ ...this.epoch, number, firstLsn, previousCrc: this.crc, salt })
      yield* file.write([header])
      if (this.options.sync) {
        yield* sure(file.sync)
        yield* sure(this.disk.sync(this.layout.journal))
      }
      return open
    }
  )

  /**
   * Removes segments, oldest first, that hold nothing from a place on. Each is gone for good before the next is: a
   * crash may bring the last one back, and may not leave a gap behind it.
   */
  readonly truncate = Effect.fnUntraced(
    { self: this },
    function*(this: SegmentWriter, keepFrom: number): Effect.fn.Return<void, DiskError> {
      while (true) {
        const oldest = this.closed[0]
        if (oldest === undefined || oldest.last >= keepFrom) return
        yield* this.disk.remove(oldest.path)
        if (this.options.sync) yield* this.disk.sync(this.layout.journal)
        this.closed.shift()
      }
    }
  )
}
