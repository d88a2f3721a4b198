/** A checkpoint store in files: a directory for each pipeline, claimed by one run at a time. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Chain } from "./chain.ts"
import type { CheckpointError } from "./CheckpointError.ts"
import { CheckpointStore, type Claim, type ClaimOptions, type Durability, type Journal } from "./CheckpointStore.ts"
import { Disk, type DiskError } from "./Disk.ts"
import { failWith, onDisk, type Subject } from "./diskReason.ts"
import { type Owned, ownerOf, readEpochs, takeEpoch } from "./epochs.ts"
import type { Setting } from "./FileJournal.ts"
import { directoryProblem, type Layout, layoutOf } from "./layout.ts"
import { checkMeta, prepareHome } from "./meta.ts"
import { type Past, readHistory, segmentBytesMax } from "./readHistory.ts"
import { seal } from "./seal.ts"

/**
 * How checkpoints are kept in files.
 *
 * @category options
 * @since 0.1.0
 */
export interface FileOptions {
  /** Made if it is not there. Each pipeline gets a directory of its own in it. Without a name every claim is `Refused`. */
  readonly directory: string
  /**
   * What a synced record survives. Defaults to `"fsync"`, a loss of power. `"os"` leaves the writing to the operating
   * system, and survives the end of the process; `"none"` also keeps up to a MiB in memory.
   */
  readonly durability?: Durability | undefined
  /** A segment of the journal gives way to the next once it has this many bytes. Defaults to 64 MiB. */
  readonly segmentBytes?: number | undefined
  /** Room that is held back to finish a clean stop on a full disk, in bytes. Defaults to 16 MiB. */
  readonly reserveBytes?: number | undefined
  /**
   * Whether the directory may be on a file system of the network. There a run may not notice in time that it was taken
   * over. Defaults to false.
   */
  readonly allowNetworkFileSystem?: boolean | undefined
}

const mebibyte = 1024 * 1024

/** One pipeline in the directory. */
interface Place {
  readonly disk: Disk["Service"]
  readonly options: FileOptions
  readonly layout: Layout
  readonly subject: Subject
}

const claim = Effect.fnUntraced(function*(
  place: Place,
  options: ClaimOptions | undefined
): Effect.fn.Return<Claim, CheckpointError, Scope.Scope> {
  const { disk, layout, subject } = place
  yield* onDisk(subject, "opening the directory")(
    prepareHome(disk, layout, subject, place.options.allowNetworkFileSystem === true)
  )
  const taken = yield* Effect.acquireRelease(
    onDisk(subject, "claiming an epoch")(takeEpoch(disk, layout, options?.takeover === true)),
    (taken) => Effect.sync(() => "giveBack" in taken && taken.giveBack())
  )
  if ("usedEpoch" in taken) {
    return yield* failWith(subject, { _tag: "CheckpointInUse", epoch: taken.usedEpoch, owner: taken.owner })
  }
  return claimOf(place, taken, yield* Effect.scope)
})

const claimOf = (place: Place, owned: Owned, scope: Scope.Scope): Claim => {
  const { disk, layout, options, subject } = place
  let past: Past | undefined
  const read = Effect.tap(readDurably(place), (found) => Effect.sync(() => void (past = found)))
  const setting: Setting = {
    disk,
    layout,
    subject,
    durability: options.durability ?? "fsync",
    segmentBytes: options.segmentBytes ?? 64 * mebibyte,
    scope
  }
  return {
    epoch: owned.epoch,
    read: Effect.map(read, ({ records, snapshot, warnings }) => ({ records, snapshot, warnings })),
    seal: (manifest): Effect.Effect<Journal, CheckpointError> =>
      Effect.gen(function*() {
        const found = past ?? (yield* read)
        const journal = yield* seal(setting, owned, found, options.reserveBytes ?? 16 * mebibyte)
        past = undefined
        journal.append([{ _tag: "Seal", epoch: owned.epoch, manifest }])
        return journal
      })
  }
}

/**
 * A sync of the owner that was shut out may have failed between our look and our own sync: what we saw was then in the
 * memory of the operating system, and is gone. Epochs before the newest were made durable by those who read them.
 */
const stillThere = Effect.fnUntraced(function*({ disk, layout, subject }: Place, { epoch, links }: Chain) {
  for (const { segment } of links) {
    if (segment.epoch !== epoch) continue
    const again = yield* disk.read(`${layout.journal}/${segment.name}`, segmentBytesMax)
    if (isBeginningOf(segment.bytes.subarray(0, segment.end), again)) continue
    const cause = new Error("what was read was gone before it was durable: another process could not write it")
    return yield* failWith(subject, { _tag: "StoreFailed", operation: `reading ${segment.name}`, cause, retryable: true })
  }
})

const isBeginningOf = (start: Uint8Array, whole: Uint8Array): boolean => {
  if (whole.length < start.length) return false
  for (let i = 0; i < start.length; i++) if (start[i] !== whole[i]) return false
  return true
}

/**
 * What was read is made durable before anybody believes it: it may be in the memory of the operating system alone, and
 * what is built on it must not outlive it. An owner that was shut out may add more meanwhile, which nobody has read.
 */
const readDurably = (place: Place): Effect.Effect<Past, CheckpointError> => {
  const { disk, layout, subject } = place
  return onDisk(subject, "reading the journal")(
    Effect.tap(readHistory(disk, layout, subject), ({ chain }) =>
      Effect.gen(function*() {
        for (const { segment } of chain.links) yield* disk.sync(`${layout.journal}/${segment.name}`)
        if (chain.links.length > 0) yield* disk.sync(layout.journal)
        yield* stillThere(place, chain)
      }))
  )
}

const inspect = ({ disk, layout, subject }: Place, before: number | undefined) => {
  const read: Effect.Effect<Past | undefined, CheckpointError | DiskError> = Effect.flatMap(
    checkMeta(disk, layout, subject),
    (isThere) => isThere ? readHistory(disk, layout, subject, before) : Effect.succeed(undefined)
  )
  return onDisk(subject, "reading the journal")(Effect.gen(function*() {
    const past = yield* read
    const { newest } = yield* readEpochs(disk, layout)
    const owner = newest === 0 ? undefined : yield* ownerOf(disk, layout, newest, 1)
    const { records = [], snapshot, warnings = [] } = past ?? {}
    return { records, snapshot, warnings, epoch: newest, owner }
  }))
}

/**
 * Keeps checkpoints in files. The disk is a service, so that it can be a simulated one; `CheckpointFiles.layer` of
 * `@millrace/core/node` has it provided.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFileSystem = (options: FileOptions): Layer.Layer<CheckpointStore, never, Disk> =>
  Layer.effect(
    CheckpointStore,
    Effect.map(Disk, (disk) => {
      const placeOf = (pipeline: string): Place => {
        const layout = layoutOf(options.directory, pipeline)
        return { disk, options, layout, subject: { pipeline, path: layout.home } }
      }
      const problem = directoryProblem(options.directory)
      const unlessUnnamed = <A, R>(pipeline: string, use: (place: Place) => Effect.Effect<A, CheckpointError, R>) => {
        const place = placeOf(pipeline)
        return problem === undefined ? use(place) : failWith(place.subject, { _tag: "Refused", problem })
      }
      return CheckpointStore.of({
        durability: options.durability ?? "fsync",
        path: options.directory,
        claim: (pipeline, claimOptions) => unlessUnnamed(pipeline, (place) => claim(place, claimOptions)),
        inspect: (pipeline, inspectOptions) => unlessUnnamed(pipeline, (place) => inspect(place, inspectOptions?.before))
      })
    })
  )
