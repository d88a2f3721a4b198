/** Calls of `node:fs` as effects, with errors of the disk. */
import * as Effect from "effect/Effect"
import { hasProperty } from "effect/Predicate"
import * as fs from "node:fs"
import { DiskError } from "../store/Disk.ts"

const reasons: Readonly<Record<string, DiskError["reason"]>> = {
  ENOENT: "NotFound",
  ENOTDIR: "NotFound",
  EEXIST: "AlreadyExists",
  ENOTEMPTY: "AlreadyExists",
  ENOSPC: "Full",
  EDQUOT: "Full",
  EACCES: "Refused",
  EPERM: "Refused",
  ELOOP: "Refused",
  EISDIR: "Refused",
  EROFS: "Refused",
  ENXIO: "Refused"
}

/** What the system says by its code, and what to do. */
const words: Readonly<Record<string, string>> = {
  EACCES: "this user may not do that. Look at the owner and the permissions",
  EPERM: "this user may not do that. Look at the owner and the permissions",
  ENOTDIR: "the path goes through a file. Name a directory",
  EROFS: "the file system is only read. Name a directory on another one",
  ENOSPC: "there is no room on the disk",
  EDQUOT: "this user has no room left on the disk",
  EMFILE: "too many files are open. Raise the limit, as with ulimit -n"
}

export const diskError = (operation: string, path: string, cause: unknown): DiskError => {
  const code = hasProperty(cause, "code") ? String(cause.code) : ""
  const said = words[code]
  const why = said === undefined ? cause : new Error(`${said} (${code})`, { cause })
  return new DiskError({ operation, path, reason: reasons[code] ?? "Failed", cause: why })
}

export const refused = (operation: string, path: string, why: string): DiskError =>
  new DiskError({ operation, path, reason: "Refused", cause: new Error(why) })

type Done<A> = (error: unknown, value: A) => void

/** A call is not left while it runs: its file must not be closed under it. */
export const call = <A>(
  operation: string,
  path: string,
  start: (done: Done<A>) => void
): Effect.Effect<A, DiskError> =>
  Effect.uninterruptible(Effect.callback<A, DiskError>((resume) => {
    start((error, value) => {
      const failed = error !== null && error !== undefined
      resume(failed ? Effect.fail(diskError(operation, path, error)) : Effect.succeed(value))
    })
  }))

/** Not everywhere: without it the last part of a path is looked at before. */
export const noFollow = fs.constants.O_NOFOLLOW ?? 0

/** Runs with a file that is open meanwhile. */
export const withFile = <A>(
  path: string,
  flags: number,
  operation: string,
  use: (file: number) => Effect.Effect<A, DiskError>
): Effect.Effect<A, DiskError> =>
  Effect.acquireUseRelease(openFile(path, flags, operation), use, closeFile)

export const openFile = (path: string, flags: number, operation: string): Effect.Effect<number, DiskError> =>
  call<number>(operation, path, (done) => fs.open(path, flags | noFollow, 0o600, done))

export const closeFile = (file: number): Effect.Effect<void> =>
  Effect.ignore(call<void>("close", "", (done) => fs.close(file, (error) => done(error, undefined))))

/** The limit of one call is 1024 parts on most systems. */
const partsMax = 512

/** Writes all of it: a call may write less than it was given. */
export const writeAll = Effect.fnUntraced(function*(
  file: number,
  path: string,
  parts: ReadonlyArray<Uint8Array>
): Effect.fn.Return<void, DiskError> {
  let left = parts.filter(({ length }) => length > 0)
  while (left.length > 0) {
    const now = left.slice(0, partsMax)
    let written = yield* call<number>("write", path, (done) => fs.writev(file, now, done))
    let whole = 0
    while (whole < now.length && written >= now[whole]!.length) written -= now[whole++]!.length
    const cut = left[whole]
    left = left.slice(whole)
    if (cut !== undefined && written > 0) left[0] = cut.subarray(written)
  }
})

/** Within what one call may read everywhere. */
const readMax = 2 ** 30

/** Reads as many bytes from the beginning as there are, at most `size`. */
export const readUpTo = Effect.fnUntraced(function*(
  file: number,
  path: string,
  size: number
): Effect.fn.Return<Uint8Array, DiskError> {
  const bytes = new Uint8Array(size)
  let at = 0
  while (at < size) {
    const from = at
    const read = yield* call<number>("read", path, (done) =>
      fs.read(file, bytes, from, Math.min(readMax, size - from), from, done))
    if (read === 0) return bytes.slice(0, at)
    at += read
  }
  return bytes
})
