/** A file that is complete or not there. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { hasProperty } from "effect/Predicate"
import { type FileHandle, open, readdir, rename, unlink } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { type FilesError, fromSystem } from "./FilesError.ts"
import { makeDirectories } from "./makeDirectories.ts"
import type { Names } from "./names.ts"

export const attempt = <A>(path: string, call: () => Promise<A>): Effect.Effect<A, FilesError> =>
  Effect.tryPromise({ try: call, catch: fromSystem(path) })

const opened = (path: string, flags: string) =>
  Effect.acquireRelease(
    attempt(path, () => open(path, flags)),
    (file) => Effect.ignore(attempt(path, () => file.close()))
  )

/** Makes the directory, and clears it of what a crash left half written. */
export const openDirectory = Effect.fnUntraced(function*(directory: string, names: Names) {
  const made = yield* attempt(directory, () => makeDirectories(directory))
  if (made !== undefined) yield* syncParents(resolve(directory), resolve(made))
  const found = yield* attempt(directory, () => readdir(directory))
  for (const name of found.filter(names.isLeftover)) {
    const path = join(directory, name)
    yield* Effect.catchReason(attempt(path, () => unlink(path)), "FilesError", "NotFound", () => Effect.void)
  }
})

/** The newest time, not later than `until`, that a file of a batch has in its name. */
export const lastTime = (
  directory: string,
  names: Names,
  until: number
): Effect.Effect<Option.Option<number>, FilesError> =>
  Effect.map(attempt(directory, () => readdir(directory)), (found) => {
    let newest: number | undefined = undefined
    for (const name of found) {
      const time = names.timeOf(name)
      if (time !== undefined && time <= until && time > (newest ?? -1)) newest = time
    }
    return Option.fromUndefinedOr(newest)
  })

/**
 * Writes the parts under a temporary name, makes them durable, and gives them their name at once; an older file of that
 * name is replaced. When it has succeeded the file survives a crash of the machine.
 */
export const writeFile = (
  directory: string,
  { name, temporary }: { readonly name: string; readonly temporary: string },
  parts: Iterable<string>
): Effect.Effect<void, FilesError> => {
  const path = join(directory, name)
  const temporaryPath = join(directory, temporary)
  const written = Effect.scoped(Effect.gen(function*() {
    const file = yield* opened(temporaryPath, "w")
    for (const part of parts) yield* attempt(path, () => file.appendFile(part))
    yield* attempt(path, () => file.sync())
  }))
  return written.pipe(
    // interrupted half-way it could later give its name to what the next try is writing
    Effect.andThen(Effect.uninterruptible(attempt(path, () => rename(temporaryPath, path)))),
    Effect.onError(() => Effect.ignore(attempt(temporaryPath, () => unlink(temporaryPath)))),
    Effect.andThen(syncDirectory(directory))
  )
}

/** Makes durable that directories were made: `outermost` and all below it down to `innermost`. */
export const syncParents = Effect.fnUntraced(function*(innermost: string, outermost: string) {
  for (let made = innermost; made.length >= outermost.length; made = dirname(made)) yield* syncDirectory(dirname(made))
})

/** Makes a rename durable. Where directories cannot be synced, as on Windows, the file system does it by itself. */
export const syncDirectory = (directory: string): Effect.Effect<void, FilesError> =>
  Effect.scoped(Effect.gen(function*() {
    const handle = yield* opened(directory, "r")
    yield* attempt(directory, () => sync(handle))
  })).pipe(
    Effect.catchReason("FilesError", "PermissionDenied", () => Effect.void),
    Effect.catchReason("FilesError", "IsADirectory", () => Effect.void)
  )

const sync = (handle: FileHandle): Promise<void> =>
  handle.sync().catch((cause: unknown) => {
    if (hasProperty(cause, "code") && cause.code === "EINVAL") return
    throw cause
  })
