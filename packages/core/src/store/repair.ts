/** Gives up what follows a place in a damaged journal. Nothing is destroyed: what was there is set aside. */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type { CheckpointError } from "./CheckpointError.ts"
import { type Chain, followChain } from "./chain.ts"
import { Disk, DiskError } from "./Disk.ts"
import { failWith, onDisk, type Subject } from "./diskReason.ts"
import { markReleased, takeEpoch } from "./epochs.ts"
import { type Entry, frameBytes, frameGroup } from "./frames.ts"
import { directoryProblem, epochName, type Layout, layoutOf, segmentName } from "./layout.ts"
import { checkMeta } from "./meta.ts"
import { readSegments } from "./readHistory.ts"
import { encodeSegmentHeader } from "./segmentHeader.ts"

/**
 * What was done.
 *
 * @category models
 * @since 0.1.0
 */
export interface Repaired {
  /** The journal's new epoch. */
  readonly epoch: number
  /** How many records were kept. */
  readonly kept: number
  /** Where the old segments are now. */
  readonly setAside: string
}

type DiskService = Disk["Service"]

/**
 * Copies the records of a journal up to a place into a new one, and moves the old segments into a folder `damaged-…`
 * beside it. What came after that place is forgotten: outputs that have more will be found to be newer, and refused.
 *
 * Fails with `CheckpointInUse` where a run is alive, with `JournalCorrupt` where there is damage up to that place, and
 * with `Refused` where there is no journal.
 *
 * @category repairing
 * @since 0.1.0
 */
export const repair = (
  directory: string,
  pipeline: string,
  options: {
    /** The last record to keep: for `JournalCorrupt`, one less than its `lsn`. */
    readonly until: number
  }
): Effect.Effect<Repaired, CheckpointError, Disk> =>
  Effect.flatMap(Disk, (disk) => {
    const layout = layoutOf(directory, pipeline)
    const subject = { pipeline, path: layout.home }
    const problem = directoryProblem(directory) ?? untilProblem(options.until)
    if (problem !== undefined) return failWith(subject, { _tag: "Refused", problem })
    return Effect.scoped(onDisk(subject, "repairing the journal")(repairOn(disk, layout, subject, options.until)))
  })

const untilProblem = (until: number): string | undefined =>
  Number.isSafeInteger(until) && until >= 0 ? undefined : `cannot end with record ${until}: give a whole number, 0 or more`

const repairOn = Effect.fnUntraced(function*(disk: DiskService, layout: Layout, subject: Subject, until: number) {
  if (!(yield* checkMeta(disk, layout, subject))) {
    return yield* new DiskError({ operation: "read", path: layout.meta, reason: "NotFound" })
  }
  const taken = yield* Effect.acquireRelease(
    takeEpoch(disk, layout, false),
    (taken) => Effect.sync(() => "giveBack" in taken && taken.giveBack())
  )
  if ("usedEpoch" in taken) {
    return yield* failWith(subject, { _tag: "CheckpointInUse", epoch: taken.usedEpoch, owner: taken.owner })
  }
  const segments = yield* readSegments(disk, layout)
  if (segments.length === 0) {
    return yield* failWith(subject, { _tag: "Refused", problem: "has no journal: there is nothing to repair. Restore a copy" })
  }
  const followed = followChain(segments, until)
  if (Result.isFailure(followed)) return yield* failWith(subject, followed.failure)
  const kept = yield* copy(disk, layout, taken.epoch, followed.success)
  const setAside = `${layout.home}/damaged-${epochName(taken.epoch)}`
  yield* disk.makeDirectory(setAside, { network: true })
  for (const { name } of segments) yield* disk.rename(`${layout.journal}/${name}`, `${setAside}/${name}`)
  yield* disk.sync(setAside)
  yield* disk.sync(layout.journal)
  yield* markReleased(disk, layout, taken.epoch)
  return { epoch: taken.epoch, kept, setAside }
})

/** As much is written at once. */
const writeBytes = 4 * 1024 * 1024

/** The copy gets its name when it is whole and durable: from then on it is the journal, whatever lies beside it. */
const copy = Effect.fnUntraced(function*(disk: DiskService, layout: Layout, epoch: number, chain: Chain) {
  const salt = yield* Random.nextIntBetween(1, 2 ** 31)
  const unfinished = `${layout.journal}/repair-${epochName(epoch)}`
  const file = yield* disk.append(unfinished)
  const begins = { epoch, number: 1, previousEpoch: 0, sealLsn: 0, firstLsn: chain.first, previousCrc: 0, salt }
  yield* file.write([encodeSegmentHeader(begins)])
  let entries: Array<Entry> = []
  let bytes = 0
  let kept = 0
  const flush = Effect.suspend(() => {
    const first = entries[0]
    if (first === undefined) return Effect.void
    const { parts } = frameGroup(entries, salt, first.lsn - 1)
    entries = []
    bytes = 0
    return file.write(parts)
  })
  for (const { frames, segment } of chain.links) {
    for (const { end, kind, lsn, start } of frames) {
      entries.push({ lsn, kind, payload: segment.bytes.subarray(start, end) })
      bytes += frameBytes(end - start)
      kept++
      if (bytes >= writeBytes) yield* flush
    }
  }
  yield* flush
  yield* file.sync
  yield* disk.rename(unfinished, `${layout.journal}/${segmentName(epoch, 1)}`)
  yield* disk.sync(layout.journal)
  return kept
})
