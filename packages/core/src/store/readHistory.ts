/** Reads what earlier epochs left of a pipeline: the segments, the chain that counts, and the newest usable snapshot. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { CheckpointError } from "./CheckpointError.ts"
import type { History, Placed } from "./CheckpointStore.ts"
import { bytesOf, type Chain, followChain, type Link } from "./chain.ts"
import type { Disk, DiskError } from "./Disk.ts"
import { failWith, type Subject } from "./diskReason.ts"
import type { Frame } from "./frames.ts"
import type { JournalRecord } from "./JournalRecord.ts"
import { isSnapshotName, type Layout, segmentOf } from "./layout.ts"
import { decodeRecord, kindOf, snapshotTakenKind } from "./records.ts"
import { scanSegment, type Segment } from "./scanSegment.ts"
import { isReference, readSnapshot } from "./snapshots.ts"

type DiskService = Disk["Service"]

/** No segment is longer: it is closed at some MiB, or holds one record more. */
export const segmentBytesMax = 2 ** 31

/** What was read, and what a new epoch has to know of it. */
export interface Past extends History {
  readonly chain: Chain
  readonly segments: ReadonlyArray<Segment>
  /** The snapshot in use. */
  readonly used: { readonly reference: string; readonly keepFrom: number; readonly bytes: number } | undefined
  /** Bytes of the journal after that snapshot. */
  readonly bytesSince: number
}

/** Everything in the journal that has the name of a segment. */
export const readSegments = Effect.fnUntraced(function*(
  disk: DiskService,
  layout: Layout
): Effect.fn.Return<ReadonlyArray<Segment>, DiskError> {
  const segments: Array<Segment> = []
  for (const name of yield* namesIn(disk, layout.journal)) {
    const found = segmentOf(name)
    if (found === undefined) continue
    const bytes = yield* disk.read(`${layout.journal}/${name}`, segmentBytesMax)
    segments.push(scanSegment(found.epoch, found.number, name, bytes))
  }
  return segments
})

/** What is in a directory, nothing where there is none. */
export const namesIn = (disk: DiskService, path: string): Effect.Effect<ReadonlyArray<string>, DiskError> =>
  Effect.catchIf(disk.list(path), (error) => error.reason === "NotFound", () => Effect.succeed([]))

/** A live owner removes what it no longer needs while we read: then we look again. */
const looks = 3

export const readHistory = (
  disk: DiskService,
  layout: Layout,
  subject: Subject,
  before?: number
): Effect.Effect<Past, CheckpointError | DiskError> =>
  Effect.retry(readOnce(disk, layout, subject, before), {
    times: looks - 1,
    while: (error) => !(error instanceof CheckpointError) && error.reason === "NotFound"
  })

const readOnce = Effect.fnUntraced(function*(
  disk: DiskService,
  layout: Layout,
  subject: Subject,
  before: number | undefined
): Effect.fn.Return<Past, CheckpointError | DiskError> {
  const segments = yield* readSegments(disk, layout)
  const followed = followChain(segments)
  if (Result.isFailure(followed)) return yield* failWith(subject, followed.failure)
  const chain = followed.success
  const taken = takenIn(chain)
  const warnings = [...chain.warnings]
  const earlier = before === undefined
    ? undefined
    : yield* newestSnapshot(disk, layout, subject, taken.filter(({ batch }) => batch < before), [])
  const goesBack = before !== undefined && (earlier?.found.manifest.keepFrom ?? 1) >= chain.first
  const inUse = goesBack ? earlier : yield* newestSnapshot(disk, layout, subject, taken, warnings)
  const keepFrom = inUse?.found.manifest.keepFrom ?? 1
  if (chain.first > keepFrom || chain.epoch === 0) yield* refuseGap(disk, layout, subject, chain, keepFrom, taken, inUse)
  const records = decodeFrom(chain, keepFrom)
  if (!Array.isArray(records)) return yield* failWith(subject, { _tag: "JournalCorrupt", ...records })
  return {
    snapshot: inUse?.found.snapshot,
    records,
    warnings,
    chain,
    segments,
    used: inUse === undefined ? undefined : { reference: inUse.reference, keepFrom, bytes: inUse.found.bytes },
    bytesSince: bytesAfter(chain, inUse?.lsn ?? 0)
  }
})

interface Taken {
  readonly lsn: number
  readonly batch: number
  readonly reference: string
}

const takenIn = (chain: Chain): ReadonlyArray<Taken> =>
  chain.links.flatMap((link) =>
    link.frames.filter(({ kind }) => kind === snapshotTakenKind).flatMap((frame): ReadonlyArray<Taken> => {
      const record = decodeFrame(link, frame)
      return record?._tag === "SnapshotTaken" ? [{ lsn: frame.lsn, batch: record.batch, reference: record.reference }] : []
    })
  )

/** The newest one that can be read; why newer ones cannot becomes a warning. */
const newestSnapshot = Effect.fnUntraced(function*(
  disk: DiskService,
  layout: Layout,
  subject: Subject,
  taken: ReadonlyArray<Taken>,
  warnings: Array<string>
) {
  for (const { lsn, reference } of taken.toReversed()) {
    const found = isReference(reference)
      ? yield* readSnapshot(disk, `${layout.snapshots}/${reference}`, subject.pipeline)
      : "its name is none of ours"
    if (typeof found !== "string") return { lsn, reference, found }
    warnings.push(`Snapshot ${reference} is not used: ${found}`)
  }
  return undefined
})

/** Records that are needed are not there: a journal without them is no journal. */
const refuseGap = Effect.fnUntraced(function*(
  disk: DiskService,
  layout: Layout,
  subject: Subject,
  chain: Chain,
  keepFrom: number,
  taken: ReadonlyArray<Taken>,
  inUse: object | undefined
) {
  if (chain.epoch === 0) {
    const snapshots = (yield* namesIn(disk, layout.snapshots)).filter(isSnapshotName)
    if (snapshots.length === 0) return
    return yield* failWith(subject, { _tag: "JournalCorrupt", segment: undefined, offset: 0, lsn: 1 })
  }
  if (inUse === undefined && taken.length > 0) {
    return yield* failWith(subject, { _tag: "SnapshotCorrupt", references: taken.map(({ reference }) => reference) })
  }
  const segment = chain.links[0]?.segment.name
  return yield* failWith(subject, { _tag: "JournalCorrupt", segment, offset: 0, lsn: keepFrom })
})

type Broken = { readonly segment: string; readonly offset: number; readonly lsn: number }

const decodeFrom = (chain: Chain, from: number): Array<Placed> | Broken => {
  const records: Array<Placed> = []
  for (const link of chain.links) {
    for (const frame of link.frames) {
      if (frame.lsn < from) continue
      const record = decodeFrame(link, frame)
      if (record === undefined) return { segment: link.segment.name, offset: frame.offset, lsn: frame.lsn }
      records.push({ lsn: frame.lsn, record })
    }
  }
  return records
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/** The record of a frame; nothing where a valid checksum stands over something else. */
export const decodeFrame = ({ segment }: Pick<Link, "segment">, frame: Frame): JournalRecord | undefined => {
  const record = decodeRecord(utf8.decode(segment.bytes.subarray(frame.start, frame.end)))
  return record !== undefined && kindOf(record) === frame.kind ? record : undefined
}

const bytesAfter = (chain: Chain, lsn: number): number =>
  chain.links.reduce((sum, { frames }) => sum + bytesOf(frames.filter((frame) => frame.lsn > lsn)), 0)
