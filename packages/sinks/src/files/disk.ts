/** What the rolling form asks of a file system, and the one of Node. */
import * as Effect from "effect/Effect"
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { FilesError } from "./FilesError.ts"
import { attempt, syncDirectory, syncParents } from "./write.ts"

/** A file that is added to at its end. */
export interface AppendFile {
  /** Writes all of it, or fails; what a failure leaves at the end of the file is unknown. */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, FilesError>
  /** Makes what was written durable. */
  readonly sync: Effect.Effect<void, FilesError>
  readonly truncate: (length: number) => Effect.Effect<void, FilesError>
  /** Whether the path still is this file, and not gone or another one. */
  readonly isAt: (path: string) => Effect.Effect<boolean, FilesError>
  readonly close: Effect.Effect<void>
}

/** No call is left while it runs: what comes after it must not meet it half done. */
export interface Disk {
  /** Makes it and its parents, durably; it may exist. */
  readonly makeDirectory: (path: string) => Effect.Effect<void, FilesError>
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<string>, FilesError>
  readonly exists: (path: string) => Effect.Effect<boolean, FilesError>
  /** The first `length` bytes, piece by piece; `Damaged` if there are fewer. */
  readonly read: (
    path: string,
    length: number,
    use: (piece: Uint8Array) => Effect.Effect<void, FilesError>
  ) => Effect.Effect<void, FilesError>
  /** A whole file. One larger than `bytesMax` is `Damaged`, before anything is allocated. */
  readonly readWhole: (path: string, bytesMax: number) => Effect.Effect<Uint8Array, FilesError>
  /** A new file, or an old one without what was in it. */
  readonly create: (path: string) => Effect.Effect<AppendFile, FilesError>
  /** A file that is there. */
  readonly reopen: (path: string) => Effect.Effect<AppendFile, FilesError>
  /** Makes durable which names are in a directory. */
  readonly syncDirectory: (path: string) => Effect.Effect<void, FilesError>
  readonly rename: (from: string, to: string) => Effect.Effect<void, FilesError>
  /** Removes a file; succeeds if there is none. */
  readonly remove: (path: string) => Effect.Effect<void, FilesError>
}

const pieceBytes = 1 << 20

export const damaged = (path: string, problem: string): FilesError =>
  new FilesError({ path, reason: { _tag: "Damaged", problem } })

const call = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, FilesError> =>
  Effect.uninterruptible(attempt(path, run))

/** Numbers of files do not fit a double everywhere. */
const entryOf = (path: string) =>
  Effect.catchReason(
    call(path, () => lstat(path, { bigint: true })),
    "FilesError",
    "NotFound",
    () => Effect.succeed(undefined)
  )

const appending = (path: string, flags: string): Effect.Effect<AppendFile, FilesError> =>
  Effect.map(call(path, () => open(path, flags)), (file): AppendFile => ({
    write: (bytes) => call(path, () => file.appendFile(bytes)),
    sync: call(path, () => file.datasync()),
    truncate: (length) => call(path, () => file.truncate(length)),
    isAt: Effect.fnUntraced(function*(other: string) {
      const there = yield* entryOf(other)
      if (there === undefined) return false
      const self = yield* call(path, () => file.stat({ bigint: true }))
      return self.ino === there.ino && self.dev === there.dev
    }),
    close: Effect.ignore(call(path, () => file.close()))
  }))

const readPiece = (path: string, file: FileHandle, at: number, length: number) =>
  Effect.flatMap(
    call(path, () => file.read(new Uint8Array(Math.min(pieceBytes, length - at)), 0, undefined, at)),
    ({ buffer, bytesRead }) =>
      bytesRead > 0
        ? Effect.succeed(buffer.subarray(0, bytesRead))
        : Effect.fail(damaged(path, `it ends after ${at} of ${length} bytes`))
  )

const readPieces = Effect.fnUntraced(function*(
  path: string,
  file: FileHandle,
  length: number,
  use: (piece: Uint8Array) => Effect.Effect<void, FilesError>
) {
  for (let at = 0; at < length;) {
    const piece = yield* readPiece(path, file, at, length)
    yield* use(piece)
    at += piece.length
  }
})

const reading = <A>(path: string, use: (file: FileHandle) => Effect.Effect<A, FilesError>): Effect.Effect<A, FilesError> =>
  Effect.acquireUseRelease(call(path, () => open(path, "r")), use, (file) => Effect.ignore(call(path, () => file.close())))

export const nodeDisk: Disk = {
  makeDirectory: (path) =>
    Effect.flatMap(call(path, () => mkdir(path, { recursive: true })), (made) =>
      made === undefined ? Effect.void : syncParents(resolve(path), resolve(made))),
  list: (path) => call(path, () => readdir(path)),
  exists: (path) => Effect.map(entryOf(path), (entry) => entry !== undefined),
  read: (path, length, use) => reading(path, (file) => readPieces(path, file, length, use)),
  readWhole: (path, bytesMax) =>
    reading(path, (file) =>
      Effect.flatMap(call(path, () => file.stat()), ({ size }) => {
        if (size > bytesMax) return Effect.fail(damaged(path, `it has ${size} bytes, more than ${bytesMax}`))
        const pieces: Array<Uint8Array> = []
        const all = readPieces(path, file, size, (piece) => Effect.sync(() => void pieces.push(piece)))
        return Effect.map(all, () => Buffer.concat(pieces))
      })),
  create: (path) => Effect.tap(appending(path, "a"), (file) => file.truncate(0)),
  reopen: (path) => Effect.flatMap(call(path, () => lstat(path)), () => appending(path, "a")),
  syncDirectory: (path) => Effect.uninterruptible(syncDirectory(path)),
  rename: (from, to) => Effect.andThen(call(from, () => rename(from, to)), Effect.void),
  remove: (path) => call(path, () => rm(path, { force: true }))
}

/** Where a path is. */
export const folderOf = (path: string): string => dirname(path)
