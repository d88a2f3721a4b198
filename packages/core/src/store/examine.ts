/** Looks at everything in a checkpoint directory, damaged or not, for tools. Writes nothing. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { CheckpointError, Owner, Reason } from "./CheckpointError.ts"
import type { Placed } from "./CheckpointStore.ts"
import { followChain, type Link } from "./chain.ts"
import { Disk } from "./Disk.ts"
import { failWith, onDisk } from "./diskReason.ts"
import { ownerOf, readEpochs } from "./epochs.ts"
import { directoryProblem, isSnapshotName, layoutOf } from "./layout.ts"
import { checkMeta } from "./meta.ts"
import { decodeFrame, namesIn, readSegments } from "./readHistory.ts"
import type { Segment } from "./scanSegment.ts"
import { readSnapshot } from "./snapshots.ts"

/**
 * A segment of a journal.
 *
 * @category models
 * @since 0.1.0
 */
export interface SegmentSeen {
  readonly name: string
  readonly bytes: number
  /** Places of its first and last valid record; both absent where there is none. */
  readonly first?: number
  readonly last?: number
  /** The byte that its valid records end at, where there is more. */
  readonly unreadableFrom?: number
}

/**
 * A snapshot, and why it cannot be used, where it cannot.
 *
 * @category models
 * @since 0.1.0
 */
export interface SnapshotSeen {
  readonly reference: string
  readonly batch?: number
  readonly bytes?: number
  readonly problem?: string
}

/**
 * Everything that was found of a pipeline.
 *
 * @category models
 * @since 0.1.0
 */
export interface Examination {
  /** The newest epoch, 0 for none. */
  readonly epoch: number
  readonly owner: Owner | undefined
  readonly segments: ReadonlyArray<SegmentSeen>
  readonly snapshots: ReadonlyArray<SnapshotSeen>
  /** Those that count; where the journal is damaged, every record that can be read. */
  readonly records: ReadonlyArray<Placed>
  readonly warnings: ReadonlyArray<string>
  /** Why a run would not start from it. */
  readonly problem: Reason | undefined
}

/**
 * Reads all of a pipeline's records and snapshots without a claim, also where a run would refuse to.
 *
 * @category repairing
 * @since 0.1.0
 */
export const examine = (directory: string, pipeline: string): Effect.Effect<Examination, CheckpointError, Disk> =>
  Effect.flatMap(Disk, (disk) => {
    const layout = layoutOf(directory, pipeline)
    const subject = { pipeline, path: layout.home }
    const problem = directoryProblem(directory)
    if (problem !== undefined) return failWith(subject, { _tag: "Refused", problem })
    return onDisk(subject, "reading the checkpoint")(Effect.gen(function*() {
      yield* checkMeta(disk, layout, subject)
      const { newest: epoch } = yield* readEpochs(disk, layout)
      const owner = epoch === 0 ? undefined : yield* ownerOf(disk, layout, epoch, 1)
      const segments = yield* readSegments(disk, layout)
      const followed = followChain(segments)
      const snapshots: Array<SnapshotSeen> = []
      for (const reference of (yield* namesIn(disk, layout.snapshots)).filter(isSnapshotName)) {
        const found = yield* readSnapshot(disk, `${layout.snapshots}/${reference}`, pipeline)
        if (typeof found === "string") snapshots.push({ reference, problem: found })
        else snapshots.push({ reference, batch: found.snapshot.batch, bytes: found.bytes })
      }
      const links = Result.isSuccess(followed) ? followed.success.links : segments
      return {
        epoch,
        owner,
        segments: segments.map(seen),
        snapshots,
        records: recordsIn(links.map((link) => "segment" in link ? link : { segment: link, frames: link.frames })),
        warnings: Result.isSuccess(followed) ? followed.success.warnings : [],
        problem: Result.isFailure(followed) ? followed.failure : undefined
      }
    }))
  })

const seen = ({ bytes, end, frames, name }: Segment): SegmentSeen => {
  const first = frames[0]?.lsn
  const last = frames.at(-1)?.lsn
  return {
    name,
    bytes: bytes.length,
    ...(first !== undefined && last !== undefined ? { first, last } : {}),
    ...(end < bytes.length ? { unreadableFrom: end } : {})
  }
}

const recordsIn = (links: ReadonlyArray<Link>): ReadonlyArray<Placed> =>
  links.flatMap((link) =>
    link.frames.flatMap((frame): ReadonlyArray<Placed> => {
      const record = decodeFrame(link, frame)
      return record === undefined ? [] : [{ lsn: frame.lsn, record }]
    })
  )
