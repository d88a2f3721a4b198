/** Claims on disk: each epoch is a file that only one can make, with its owner in it. */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Owner } from "./CheckpointError.ts"
import type { Disk, DiskError } from "./Disk.ts"
import { epochName, epochOf, type Layout, releasedName, releasedOf } from "./layout.ts"
import { field, isCount, parse } from "./records.ts"

type DiskService = Disk["Service"]

/** Claims of one pipeline in this process: one at a time is made, and one is live. */
interface Local {
  readonly gate: Semaphore.Semaphore
  live: object | undefined
}

/**
 * A file says which process has an epoch, and this process may have ended its claim without a word: so claims are
 * known by disk too, whichever layer they were made through.
 */
const locals = new WeakMap<DiskService, Map<string, Local>>()

const localOf = (disk: DiskService, home: string): Local => {
  const homes = locals.get(disk) ?? new Map<string, Local>()
  locals.set(disk, homes)
  const local = homes.get(home) ?? { gate: Semaphore.makeUnsafe(1), live: undefined }
  homes.set(home, local)
  return local
}

/** An epoch that is ours, until `giveBack`. */
export interface Owned {
  readonly epoch: number
  readonly giveBack: () => void
}

/** Somebody else's, who is alive. */
export interface InUse {
  readonly usedEpoch: number
  readonly owner: Owner | undefined
}

/** How often another process may be faster. */
const races = 100

/** Makes the next epoch. Both the file and its name are durable then. */
export const takeEpoch = (
  disk: DiskService,
  layout: Layout,
  takeover: boolean
): Effect.Effect<Owned | InUse, DiskError> => {
  const local = localOf(disk, layout.home)
  const attempt: Effect.Effect<Owned | InUse, DiskError> = Effect.gen(function*() {
    const { newest, released } = yield* readEpochs(disk, layout)
    if (newest > 0 && !takeover) {
      if (local.live !== undefined) return { usedEpoch: newest, owner: disk.owner }
      const owner = released.has(newest) ? undefined : yield* ownerOf(disk, layout, newest)
      if (owner !== undefined && !sameOwner(owner, disk.owner) && (yield* disk.isAlive(owner))) {
        return { usedEpoch: newest, owner }
      }
    }
    const epoch = newest + 1
    const content = new TextEncoder().encode(JSON.stringify(disk.owner))
    yield* disk.create(`${layout.epochs}/${epochName(epoch)}`, content)
    const token = {}
    local.live = token
    yield* Effect.onError(disk.sync(layout.epochs), () => Effect.sync(() => void (local.live = undefined)))
    const giveBack = () => {
      if (local.live === token) local.live = undefined
    }
    return { epoch, giveBack }
  })
  return local.gate.withPermit(
    Effect.retry(attempt, { times: races, while: (error) => error.reason === "AlreadyExists" })
  )
}

const sameOwner = (a: Owner, b: Owner): boolean =>
  a.host === b.host && a.process === b.process && a.boot === b.boot && a.startedAt === b.startedAt

/** The newest epoch, 0 for none, and those that were given back. */
export const readEpochs = (
  disk: DiskService,
  layout: Layout
): Effect.Effect<{ readonly newest: number; readonly released: ReadonlySet<number> }, DiskError> =>
  Effect.map(
    Effect.catchIf(disk.list(layout.epochs), (error) => error.reason === "NotFound", () => Effect.succeed([])),
    (names) => {
      let newest = 0
      const released = new Set<number>()
      for (const name of names) {
        newest = Math.max(newest, epochOf(name) ?? 0)
        const given = releasedOf(name)
        if (given !== undefined) released.add(given)
      }
      return { newest, released }
    }
  )

const ownerBytesMax = 4096

/** Somebody may be between making the file and writing it; who takes longer than this over it has crashed. */
const ownerLooks = 10

/** Who has an epoch; nothing where that was never written. */
export const ownerOf = (
  disk: DiskService,
  layout: Layout,
  epoch: number,
  looks = ownerLooks
): Effect.Effect<Owner | undefined, DiskError> =>
  Effect.flatMap(
    Effect.catchIf(
      disk.read(`${layout.epochs}/${epochName(epoch)}`, ownerBytesMax),
      (error) => error.reason === "TooLarge",
      () => Effect.succeed(new Uint8Array(0))
    ),
    (bytes) => {
      const owner = decodeOwner(bytes)
      if (owner !== undefined || bytes.length > 0 || looks <= 1) return Effect.succeed(owner)
      return Effect.andThen(Effect.sleep("20 millis"), ownerOf(disk, layout, epoch, looks - 1))
    }
  )

/** What the bytes of an epoch's file say. */
export const decodeOwner = (bytes: Uint8Array): Owner | undefined => {
  const value = parse(new TextDecoder().decode(bytes))
  return isOwner(value) ? value : undefined
}

const isOwner = (value: unknown): value is Owner => {
  const startedAt = field(value, "startedAt")
  return typeof field(value, "host") === "string" && isCount(field(value, "process")) &&
    typeof field(value, "boot") === "string" && typeof startedAt === "number" && Number.isFinite(startedAt)
}

/** Beside the epoch's file: the process may live on, the claim does not. Without it the next claim only asks more. */
export const markReleased = (disk: DiskService, layout: Layout, epoch: number): Effect.Effect<void> =>
  Effect.ignore(disk.create(`${layout.epochs}/${releasedName(epoch)}`, new Uint8Array(0)))
