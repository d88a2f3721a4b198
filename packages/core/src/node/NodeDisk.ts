/**
 * The file system of Node, for checkpoints.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import * as fs from "node:fs"
import { type AppendFile, Disk, DiskError } from "../store/Disk.ts"
import { call, closeFile, diskError, openFile, readUpTo, refused, withFile, writeAll } from "./diskCalls.ts"
import { networkName } from "./networkFileSystems.ts"
import { isRunning, thisProcess } from "./processOwner.ts"

const { O_APPEND, O_CREAT, O_EXCL, O_NONBLOCK = 0, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants

const othersMayWrite = 0o022

/** What holds state is this user's alone to change. Where there are no users, as on Windows, there is nothing to see. */
const checkOwner = (operation: string, path: string, stats: fs.Stats): Effect.Effect<void, DiskError> => {
  const user = process.getuid?.()
  if (user === undefined) return Effect.void
  if (stats.uid !== user) return Effect.fail(refused(operation, path, `it belongs to user ${stats.uid}`))
  if ((stats.mode & othersMayWrite) !== 0) {
    const mode = (stats.mode & 0o777).toString(8)
    return Effect.fail(refused(operation, path, `others may write to it (mode ${mode}). Take that away with chmod go-w`))
  }
  return Effect.void
}

const lstat = (operation: string, path: string): Effect.Effect<fs.Stats, DiskError> =>
  call<fs.Stats>(operation, path, (done) => fs.lstat(path, done))

const ifMissing = <A>(effect: Effect.Effect<A, DiskError>): Effect.Effect<A | undefined, DiskError> =>
  Effect.catchIf(effect, (error) => error.reason === "NotFound", () => Effect.succeed(undefined))

/** Windows syncs only what is open for writing, does not open directories, and keeps their entries by itself. */
const isWindows = process.platform === "win32"

/** A whole `fsync`: less does not make the names in a directory durable. */
const sync = (path: string): Effect.Effect<void, DiskError> =>
  Effect.catchIf(
    withFile(path, isWindows ? O_RDWR : O_RDONLY, "sync", (file) =>
      call<void>("sync", path, (done) => fs.fsync(file, (error) => done(error, undefined)))),
    (error) => isWindows && error.reason === "Refused",
    () => Effect.void
  )

const datasync = (operation: string, path: string, file: number): Effect.Effect<void, DiskError> =>
  call<void>(operation, path, (done) => fs.fdatasync(file, (error) => done(error, undefined)))

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf("/"), 1))

/** The parents first; each new name is durable before anything is put below it. */
const makeMissing = (path: string): Effect.Effect<void, DiskError> =>
  Effect.gen(function*() {
    if ((yield* ifMissing(lstat("makeDirectory", path))) !== undefined) return
    const parent = path.includes("/") ? parentOf(path) : "."
    if (parent !== path) yield* makeMissing(parent)
    const made = call<void>("makeDirectory", path, (done) => fs.mkdir(path, 0o700, (error) => done(error, undefined)))
    yield* Effect.catchIf(made, (error) => error.reason === "AlreadyExists", () => Effect.void)
    yield* sync(parent)
  })

const makeDirectory = Effect.fnUntraced(function*(
  path: string,
  options?: { readonly network?: boolean }
): Effect.fn.Return<void, DiskError> {
  yield* makeMissing(path)
  const stats = yield* lstat("makeDirectory", path)
  if (!stats.isDirectory()) return yield* refused("makeDirectory", path, "it is no directory")
  yield* checkOwner("makeDirectory", path, stats)
  if (options?.network === true) return
  const { type } = yield* call<fs.StatsFs>("makeDirectory", path, (done) => fs.statfs(path, done))
  const name = process.platform === "linux" ? networkName(type) : undefined
  if (name === undefined) return
  return yield* refused(
    "makeDirectory",
    path,
    `it is on a file system of the network (${name}), where a run may not see in time that another took over. Use a ` +
      "local disk, or set allowNetworkFileSystem: true"
  )
})

const list = Effect.fnUntraced(function*(path: string): Effect.fn.Return<ReadonlyArray<string>, DiskError> {
  if ((yield* lstat("list", path)).isSymbolicLink()) return yield* refused("list", path, "it is a symbolic link")
  return (yield* call<Array<string>>("list", path, (done) => fs.readdir(path, done))).sort()
})

/** Asked once a batch: a look at a name does not wait for the disk. */
const exists = (path: string): Effect.Effect<boolean, DiskError> =>
  Effect.try({
    try: () => fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined,
    catch: (cause) => diskError("exists", path, cause)
  })

const read = (path: string, maxBytes: number): Effect.Effect<Uint8Array, DiskError> =>
  withFile(path, O_RDONLY | O_NONBLOCK, "read", (file) =>
    Effect.gen(function*() {
      const stats = yield* call<fs.Stats>("read", path, (done) => fs.fstat(file, done))
      if (!stats.isFile()) return yield* refused("read", path, "it is no plain file")
      yield* checkOwner("read", path, stats)
      if (stats.size > maxBytes) {
        const cause = new Error(`it has ${stats.size} bytes, more than ${maxBytes}`)
        return yield* new DiskError({ operation: "read", path, reason: "TooLarge", cause })
      }
      return yield* readUpTo(file, path, stats.size)
    }))

const create = (path: string, content: Uint8Array): Effect.Effect<void, DiskError> =>
  withFile(path, O_WRONLY | O_CREAT | O_EXCL, "create", (file) =>
    Effect.onError(
      Effect.andThen(writeAll(file, path, [content]), datasync("create", path, file)),
      () => Effect.ignore(remove(path))
    ))

const append = (path: string) =>
  Effect.gen(function*() {
    const gate = Semaphore.makeUnsafe(1)
    let isOpen = true
    const file = yield* Effect.acquireRelease(
      openFile(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, "append"),
      (file) => gate.withPermit(Effect.suspend(() => {
        isOpen = false
        return closeFile(file)
      }))
    )
    // The number of a closed file may be another file's by now.
    const whileOpen = (operation: string, use: Effect.Effect<void, DiskError>): Effect.Effect<void, DiskError> =>
      gate.withPermit(Effect.suspend(() =>
        isOpen ? use : Effect.fail(diskError(operation, path, new Error("the file is closed")))
      ))
    const added: AppendFile = {
      write: (parts) => whileOpen("write", writeAll(file, path, parts)),
      sync: whileOpen("sync", datasync("sync", path, file))
    }
    return added
  })

const rename = (from: string, to: string): Effect.Effect<void, DiskError> =>
  call<void>("rename", from, (done) => fs.rename(from, to, (error) => done(error, undefined)))

const remove = (path: string): Effect.Effect<void, DiskError> =>
  call<void>("remove", path, (done) => fs.rm(path, { recursive: true, force: true }, (error) => done(error, undefined)))

const makeDisk = (): Disk["Service"] => {
  const owner = thisProcess()
  return Disk.of({
    makeDirectory,
    list,
    exists,
    read,
    create,
    append,
    sync,
    rename,
    remove,
    owner,
    isAlive: (other) => Effect.sync(() => isRunning(owner, other))
  })
}

let disk: Disk["Service"] | undefined

/**
 * The disk of this machine. Files are made for the user alone; symbolic links, files of other users and directories that
 * others may write to are refused. All layers of a process share one, so that two runs of a pipeline in it see each
 * other.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Disk> = Layer.sync(Disk, () => disk ??= makeDisk())
