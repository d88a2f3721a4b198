/** Which files a path means, and which of what lies there is refused. */
import type { BigIntStats, Dirent, Stats } from "node:fs"
import { lstat, readdir, realpath, stat } from "node:fs/promises"
import { basename, isAbsolute, join, relative, sep } from "node:path"
import { InvalidName, NotAFile, OutsideRoot, type Reason, reasonOfSystem } from "./FilesError.ts"
import type { PathOptions, ReadOptions } from "./Options.ts"

/** The files to read, in order, as they were when they were looked for. */
export interface Located {
  readonly names: ReadonlyArray<string>
  readonly pathOf: (name: string) => string
}

/** What went wrong, and with which file or directory. */
export class Trouble extends Error {
  readonly path: string
  readonly reason: Reason

  constructor(path: string, reason: Reason) {
    super(reason.message)
    this.path = path
    this.reason = reason
  }
}

/** Waits for the file system, whose errors become troubles with `path`. */
export const at = async <A>(path: string, promise: Promise<A>): Promise<A> => {
  try {
    return await promise
  } catch (error) {
    throw new Trouble(path, reasonOfSystem(error))
  }
}

/** The file at `path`, or the files of the directory there. A path may itself be or hold links; what it names may not. */
export const locate = async ({ filter = isShown, path, root }: ReadOptions): Promise<Located> => {
  const real = await realPath({ path, root })
  const stats = await at(path, stat(real))
  if (stats.isDirectory()) return { names: await namesIn(path, real, filter), pathOf: (name) => join(real, name) }
  if (!stats.isFile()) throw new Trouble(path, new NotAFile({ kind: kindOf(stats) }))
  return { names: [basename(path)], pathOf: () => real }
}

/** Where a path leads, links followed: within the root, if there is one. */
export const realPath = async ({ path, root }: Pick<PathOptions, "path" | "root">): Promise<string> => {
  const real = await at(path, realpath(path))
  if (root !== undefined) {
    const way = relative(await at(root, realpath(root)), real)
    if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) throw new Trouble(path, new OutsideRoot({ root }))
  }
  return real
}

/** A directory on the way may have become a link since it was looked into. */
export const refuseLinks = async (path: string): Promise<void> => {
  if (await at(path, realpath(path)) !== path) throw new Trouble(path, new NotAFile({ kind: "symbolic link" }))
}

const isShown = (name: string): boolean => !name.startsWith(".")

const namesIn = async (path: string, real: string, filter: (name: string) => boolean): Promise<Array<string>> => {
  const found = await at(path, readdir(real, { encoding: "buffer", withFileTypes: true }))
  const names: Array<string> = []
  for (const entry of found) {
    const name = entry.name.toString("utf8")
    if (!filter(name) || entry.isDirectory()) continue
    if (!Buffer.from(name).equals(entry.name)) throw new Trouble(path, new InvalidName())
    if (!entry.isFile()) throw new Trouble(join(path, name), new NotAFile({ kind: kindOf(entry) }))
    names.push(name)
  }
  return names.sort()
}

/** What something is that is no regular file. */
export const kindOf = (
  entry: Pick<Stats | Dirent, "isSymbolicLink" | "isFIFO" | "isSocket" | "isCharacterDevice" | "isBlockDevice" | "isDirectory">
): NotAFile["kind"] =>
  entry.isSymbolicLink()
    ? "symbolic link"
    : entry.isFIFO()
    ? "pipe"
    : entry.isSocket()
    ? "socket"
    : entry.isCharacterDevice() || entry.isBlockDevice()
    ? "device"
    : entry.isDirectory()
    ? "directory"
    : "something else"

/** What is there; nothing where it went away. */
export const statsOf = async (path: string): Promise<BigIntStats | undefined> => {
  try {
    return await lstat(path, { bigint: true })
  } catch (error) {
    const reason = reasonOfSystem(error)
    if (reason._tag === "NotFound") return undefined
    throw new Trouble(path, reason)
  }
}
