/** Begins the journal of an epoch where the reading of the earlier ones ended. */
import * as Effect from "effect/Effect"
import type { CheckpointError } from "./CheckpointError.ts"
import type { DiskError } from "./Disk.ts"
import { onDisk } from "./diskReason.ts"
import type { Owned } from "./epochs.ts"
import { FileJournal, type Setting } from "./FileJournal.ts"
import type { Past } from "./readHistory.ts"
import type { Closed } from "./SegmentWriter.ts"

/** The new journal. Nothing is written of it before its first sync; until then the epoch has not been. */
export const seal = Effect.fnUntraced(function*(
  setting: Setting,
  owned: Owned,
  past: Past,
  reserveBytes: number
): Effect.fn.Return<FileJournal, CheckpointError> {
  const { chain, used } = past
  const journal = new FileJournal(setting, {
    epoch: { epoch: owned.epoch, previousEpoch: chain.epoch, sealLsn: chain.last + 1 },
    crc: chain.crc,
    segments: removable(setting, past),
    stored: used,
    bytesSince: past.bytesSince,
    giveBack: owned.giveBack
  })
  yield* journal.verify
  yield* onDisk(setting.subject, "tidying up")(journal.tidy)
  yield* keepReserve(setting, reserveBytes)
  return journal
})

/** What may be removed one day, oldest first. Segments beside the chain hold nothing that counts. */
const removable = ({ layout }: Setting, { chain, segments }: Past): ReadonlyArray<Closed> => {
  const last = new Map(chain.links.map(({ frames, segment }) => [segment, frames.at(-1)?.lsn ?? 0]))
  return segments
    .map((segment) => ({ path: `${layout.journal}/${segment.name}`, last: last.get(segment) ?? 0 }))
    .sort((a, b) => a.last - b.last)
}

/** A disk without room for it is no reason not to start. */
const keepReserve = ({ disk, layout, subject }: Setting, bytes: number): Effect.Effect<void, CheckpointError> => {
  if (bytes === 0) return Effect.void
  const make: Effect.Effect<void, DiskError> = Effect.catchIf(
    disk.create(layout.reserve, new Uint8Array(bytes)),
    (error) => error.reason === "Full",
    (error) =>
      Effect.andThen(
        Effect.ignore(disk.remove(layout.reserve)),
        Effect.logWarning(`No reserve for a clean stop on a full disk: ${error.message}`)
      )
  )
  return onDisk(subject, "making the reserve")(
    Effect.flatMap(disk.exists(layout.reserve), (isThere) => isThere ? Effect.void : make)
  )
}
