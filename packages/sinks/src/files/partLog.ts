/** The manifest and the open part of a rolling output, as the one writer that owns them changes them. */
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { type AppendFile, damaged, type Disk, folderOf } from "./disk.ts"
import { FilesError } from "./FilesError.ts"
import { lineOf, type Part, type State } from "./manifest.ts"
import { draftName, isAfter, manifestName, newestOf, partName, type Place, type Term } from "./rolling.ts"

/** A manifest is written anew when it has as many lines. */
const linesMax = 4096

/** Passes the committed bytes of a part on, and fails where they are not what was written. */
export const readPart = (disk: Disk, path: string, part: Part, use: (piece: Uint8Array) => Effect.Effect<void, FilesError>) =>
  Effect.suspend(() => {
    let sum = 0
    const read = disk.read(path, part.bytes, (piece) => {
      sum = crc32(piece, sum)
      return use(piece)
    })
    const checked = Effect.suspend(() =>
      sum === part.crc32 ? Effect.void : Effect.fail(damaged(path, "its content was changed after it was written")))
    return Effect.andThen(read, checked)
  })

/**
 * Everything is decided in the manifest before it is done: a batch is committed when its line is durable, a part is
 * finished when a manifest says so, and only then gets its name. What a crash leaves beyond that counts for nothing.
 */
export class PartLog {
  state: State
  private readonly disk: Disk
  private readonly place: Place
  private readonly term: Term
  private manifest: AppendFile | undefined
  private part: AppendFile | undefined
  private lines = 0

  constructor(disk: Disk, place: Place, term: Term, state: State) {
    this.disk = disk
    this.place = place
    this.term = term
    this.state = state
  }

  private hidden(name: string): string {
    return join(this.place.hidden, name)
  }

  private get path(): string {
    return this.hidden(manifestName(this.term))
  }

  /** Fails once another start has taken the manifest. */
  verify(): Effect.Effect<void, FilesError> {
    return Effect.suspend(() =>
      this.manifest === undefined
        ? this.refuse()
        : Effect.flatMap(this.manifest.isAt(this.path), (isOurs) => isOurs ? Effect.void : this.refuse()))
  }

  /** Taken by another start, or gone with its directory. */
  private refuse(): Effect.Effect<never, FilesError> {
    const { disk, place, term } = this
    return Effect.flatMap(disk.list(place.hidden), (names) => {
      const newest = newestOf(names)
      const reason = newest === undefined
        ? { _tag: "NotFound" as const }
        : { _tag: "Fenced" as const, epoch: term.epoch, by: newest.epoch }
      return Effect.fail(new FilesError({ path: this.path, reason }))
    })
  }

  /** Replaces the manifest by one of a single line. Fails if another start has taken it meanwhile. */
  rewrite(state: State): Effect.Effect<void, FilesError> {
    const { disk, place, term } = this
    return Effect.gen({ self: this }, function*() {
      const draft = this.hidden(draftName(term))
      const file = yield* disk.create(draft)
      const placed = file.write(Buffer.from(lineOf(state))).pipe(
        Effect.andThen(file.sync),
        Effect.andThen(disk.rename(draft, this.path))
      )
      yield* Effect.onError(placed, () => file.close)
      const { manifest } = this
      this.manifest = file
      if (manifest !== undefined) yield* manifest.close
      yield* disk.syncDirectory(place.hidden)
      this.lines = 1
      const newest = newestOf(yield* disk.list(place.hidden))
      // Renaming may have brought back a name that another start had taken away.
      if (newest === undefined || isAfter(newest, term)) return yield* this.refuse()
      yield* this.verify()
      this.state = state
    })
  }

  /** Commits: the state is durable in a line of its own, or nothing is known of it. */
  record(state: State): Effect.Effect<void, FilesError> {
    const { manifest } = this
    if (manifest === undefined || this.lines >= linesMax) return this.rewrite(state)
    return manifest.write(Buffer.from(lineOf(state))).pipe(
      Effect.andThen(manifest.sync),
      Effect.andThen(Effect.sync(() => {
        this.lines++
        this.state = state
      }))
    )
  }

  /** A new part under its final `name`, which nobody may have; it is in no manifest yet. */
  begin(name: string, since: number): Effect.Effect<Part, FilesError> {
    const { disk, place, term } = this
    return Effect.gen({ self: this }, function*() {
      const path = join(place.directory, name)
      if (yield* disk.exists(path)) {
        // By another start, perhaps, which has gone on from here.
        yield* this.verify()
        return yield* new FilesError({ path, reason: { _tag: "NameTaken" } })
      }
      const file = partName(since, term)
      this.part = yield* disk.create(this.hidden(file))
      yield* disk.syncDirectory(place.hidden)
      return { name, file, bytes: 0, crc32: 0, since }
    })
  }

  /** Adds to the open part, durably; it is in no manifest yet. */
  append(part: Part, pieces: ReadonlyArray<Uint8Array>): Effect.Effect<Part, FilesError> {
    return Effect.gen({ self: this }, function*() {
      const file = this.part ?? (this.part = yield* this.disk.reopen(this.hidden(part.file)))
      let { bytes, crc32: sum } = part
      for (const piece of pieces) {
        yield* file.write(piece)
        bytes += piece.length
        sum = crc32(piece, sum)
      }
      yield* file.sync
      return { ...part, bytes, crc32: sum }
    })
  }

  /** Gives the open part its name, after the manifest has said that it will have it. */
  finish(): Effect.Effect<void, FilesError> {
    const { open } = this.state
    if (open === null) return Effect.void
    return this.rewrite({ ...this.state, open: null, finished: open }).pipe(
      Effect.andThen(this.closePart()),
      Effect.andThen(publish(this.disk, this.place, open))
    )
  }

  /**
   * After a failure nobody knows what is at the end of either file. The manifest first: it may already say that the batch
   * that failed is committed.
   */
  repair(): Effect.Effect<void, FilesError> {
    return Effect.gen({ self: this }, function*() {
      yield* this.verify()
      yield* this.closePart()
      yield* this.rewrite(this.state)
      const { finished, open } = this.state
      if (finished !== null) yield* publish(this.disk, this.place, finished)
      if (open === null) return
      const path = this.hidden(open.file)
      yield* readPart(this.disk, path, open, () => Effect.void)
      this.part = yield* this.disk.reopen(path)
      yield* this.part.truncate(open.bytes)
      yield* this.part.sync
    })
  }

  private closePart(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { part } = this
      this.part = undefined
      return part === undefined ? Effect.void : part.close
    })
  }

  close(): Effect.Effect<void> {
    const closeManifest = Effect.suspend(() => {
      const { manifest } = this
      this.manifest = undefined
      return manifest === undefined ? Effect.void : manifest.close
    })
    return Effect.andThen(this.closePart(), closeManifest)
  }
}

/**
 * Done again it changes nothing: the part may have its name, and whoever reads finished parts may have taken it away. Its
 * name is durable afterwards in any case.
 */
export const publish = Effect.fnUntraced(function*(disk: Disk, place: Place, part: Part) {
  const from = join(place.hidden, part.file)
  const to = join(place.directory, part.name)
  const folder = folderOf(to)
  yield* disk.makeDirectory(folder)
  if (yield* disk.exists(from)) yield* disk.rename(from, to)
  yield* disk.syncDirectory(folder)
  yield* disk.syncDirectory(place.hidden)
})
