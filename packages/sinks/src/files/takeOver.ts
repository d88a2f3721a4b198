/** How a start of a pipeline becomes the one writer of a rolling output. */
import type { BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { damaged, type Disk } from "./disk.ts"
import { FilesError } from "./FilesError.ts"
import { decode, type Found, type Part, type State } from "./manifest.ts"
import { PartLog, publish, readPart } from "./partLog.ts"
import {
  generationOf,
  manifestName,
  newestOf,
  partName,
  type Place,
  type Term
} from "./rolling.ts"

/** More than a manifest can have: `linesMax` lines with names of any length. */
const manifestBytesMax = 16 * 1024 * 1024

/** How often others may get ahead while this start takes the manifest. */
const triesMax = 100

export const readManifestFile = (disk: Disk, path: string): Effect.Effect<Found, FilesError> =>
  Effect.map(disk.readWhole(path, manifestBytesMax), (bytes) => decode(Buffer.from(bytes).toString()))

const stateIn = Effect.fnUntraced(function*(
  disk: Disk,
  path: string,
  { epoch, output, pipeline }: BatchSink.Identity
): Effect.fn.Return<State, FilesError> {
  const found = yield* readManifestFile(disk, path)
  switch (found._tag) {
    case "Damaged":
      return yield* damaged(path, found.problem)
    case "Empty":
      return { format: 1, pipeline, output, epoch, batch: 0, time: 0, open: null, finished: null }
    case "State":
      break
  }
  const { state } = found
  if (state.pipeline !== pipeline || state.output !== output) {
    const reason = { _tag: "OtherOutput" as const, pipeline: state.pipeline, output: state.output }
    return yield* new FilesError({ path, reason })
  }
  return state
})

/** Succeeds with nothing where the file is not there: somebody was faster. */
const unlessGone = <A>(effect: Effect.Effect<A, FilesError>): Effect.Effect<A | undefined, FilesError> =>
  Effect.catchReason(effect, "FilesError", "NotFound", () => Effect.succeed(undefined))

/**
 * Renames the manifest, which only one can do, and after which whoever wrote to it before finds it gone: from then on it
 * can neither commit a batch that counts nor finish a part.
 */
const takeManifest = Effect.fnUntraced(function*(
  disk: Disk,
  place: Place,
  identity: BatchSink.Identity
): Effect.fn.Return<readonly [term: Term, state: State], FilesError> {
  const { epoch } = identity
  const pathOf = (term: Term) => join(place.hidden, manifestName(term))
  for (let tries = 0; tries < triesMax; tries++) {
    const newest = newestOf(yield* disk.list(place.hidden))
    if (newest === undefined) {
      const first = yield* disk.create(pathOf({ epoch: 0, generation: 0 }))
      yield* first.close
      continue
    }
    if (newest.epoch > epoch) {
      return yield* new FilesError({ path: pathOf(newest), reason: { _tag: "Fenced", epoch, by: newest.epoch } })
    }
    const term = { epoch, generation: newest.generation + 1 }
    const before = yield* unlessGone(stateIn(disk, pathOf(newest), identity))
    if (before === undefined) continue
    const taken = yield* unlessGone(Effect.as(disk.rename(pathOf(newest), pathOf(term)), true))
    if (taken === undefined) continue
    // What is read may be seen and not yet durable, if whoever wrote it was killed: nothing is done on its word before.
    yield* disk.syncDirectory(place.hidden)
    return [term, yield* stateIn(disk, pathOf(term), identity)]
  }
  return yield* new FilesError({ path: place.hidden, reason: { _tag: "Busy" } })
})

/** What was committed of the open part, in a new file: whoever was the writer before may still hold the old one. */
const copyPart = Effect.fnUntraced(function*(
  disk: Disk,
  place: Place,
  term: Term,
  part: Part
): Effect.fn.Return<Part, FilesError> {
  const file = partName(part.since, term)
  const copy = yield* disk.create(join(place.hidden, file))
  const path = join(place.hidden, part.file)
  const copied = Effect.andThen(readPart(disk, path, part, copy.write), copy.sync).pipe(
    Effect.catchReason("FilesError", "NotFound", () =>
      Effect.fail(damaged(path, "the open part is gone")))
  )
  yield* Effect.ensuring(copied, copy.close)
  yield* disk.syncDirectory(place.hidden)
  return { ...part, file }
})

/** A log that this start alone writes to; what a crash left, and what older starts had, is cleared away. */
export const takeOver = Effect.fnUntraced(function*(disk: Disk, place: Place, identity: BatchSink.Identity) {
  yield* disk.makeDirectory(place.hidden)
  const [term, before] = yield* takeManifest(disk, place, identity)
  if (before.finished !== null) yield* publish(disk, place, before.finished)
  const open = before.open === null ? null : yield* copyPart(disk, place, term, before.open)
  const log = new PartLog(disk, place, term, before)
  const settled = Effect.andThen(
    log.rewrite({ ...before, epoch: identity.epoch, open }),
    clear(disk, place, term)
  )
  return yield* Effect.as(Effect.onError(settled, () => log.close()), log)
})

const clear = Effect.fnUntraced(function*(disk: Disk, place: Place, { generation }: Term) {
  for (const name of yield* disk.list(place.hidden)) {
    const of = generationOf(name)
    if (of !== undefined && of < generation) yield* disk.remove(join(place.hidden, name))
  }
})
