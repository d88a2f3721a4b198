/** Finds a file that was renamed or copied, and those that came after it. */
import { createHash } from "node:crypto"
import type { BigIntStats } from "node:fs"
import { type FileHandle, readdir } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { at, realPath, statsOf, Trouble } from "./locate.ts"
import { openRegular, type Opened } from "./openRegular.ts"
import type { TailOptions } from "./Options.ts"
import type { Seen } from "./TailPosition.ts"

/** So many bytes tell one file from another. */
export const printMax = 1024

/** A rotation may rename what was just found; whoever looks again finds it. */
const looks = 4

const packed = /\.(?:gz|zst|bz2|xz|zip)$/u

const isRotatedOf = (base: string) => (name: string): boolean =>
  (name.startsWith(`${base}.`) || name.startsWith(`${base}-`)) && !packed.test(name)

/** A file that is, or once was, the one that is read. */
export interface Candidate {
  readonly path: string
  readonly stats: BigIntStats
}

export const inodeOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`

/** The first bytes of a file, `length` at most. */
export const headOf = async (path: string, handle: FileHandle, length: number): Promise<Uint8Array> => {
  const buffer = Buffer.alloc(Math.min(length, printMax))
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await at(path, handle.read(buffer, filled, buffer.length - filled, filled))
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

export const printOf = (head: Uint8Array): string => createHash("sha256").update(head).digest("base64").slice(0, 22)

/** Whether a file begins as another did. Of an empty beginning nothing is known. */
export const isPrintOf = async (path: string, handle: FileHandle, { print, printed }: Seen): Promise<boolean> => {
  const head = await headOf(path, handle, printed)
  return head.length === printed && printOf(head) === print
}

/** The rotated files, the oldest first, and at the end the one that has the name, if there is one. */
export const candidatesOf = async (options: TailOptions): Promise<ReadonlyArray<Candidate>> => {
  let found = await listed(options)
  // A rotation that renames one file after the other must not be seen in the middle.
  for (let look = 0; look < looks; look++) {
    const again = await listed(options)
    if (isSameList(found, again)) return again
    found = again
  }
  return found
}

const isSameList = (before: ReadonlyArray<Candidate>, after: ReadonlyArray<Candidate>): boolean => {
  const inodes = new Map(before.map(({ path, stats }) => [path, inodeOf(stats)]))
  return before.length === after.length && after.every(({ path, stats }) => inodes.get(path) === inodeOf(stats))
}

const listed = async (options: TailOptions): Promise<ReadonlyArray<Candidate>> => {
  const directory = await realPath({ path: dirname(options.path), root: options.root })
  const base = basename(options.path)
  const isRotated = options.rotated ?? isRotatedOf(base)
  const found: Array<Candidate> = []
  for (const name of await at(directory, readdir(directory))) {
    if (name === base || !isRotated(name)) continue
    const stats = await statsOf(join(directory, name))
    if (stats?.isFile() === true) found.push({ path: join(directory, name), stats })
  }
  found.sort(byAge)
  const active = await activeOf(options)
  return active === undefined ? found : [...found, active]
}

/** The file that has the name now. */
export const activeOf = async (options: TailOptions): Promise<Candidate | undefined> => {
  try {
    const path = await realPath(options)
    const stats = await statsOf(path)
    return stats === undefined ? undefined : { path, stats }
  } catch (error) {
    if (error instanceof Trouble && error.reason._tag === "NotFound") return undefined
    throw error
  }
}

/** By the time of the last writing; of those that the clock does not tell apart, `log.2` comes before `log.1`. */
const byAge = (a: Candidate, b: Candidate): number => {
  if (a.stats.mtimeNs !== b.stats.mtimeNs) return a.stats.mtimeNs < b.stats.mtimeNs ? -1 : 1
  const [left, right] = [numberOf(a.path), numberOf(b.path)]
  if (left !== undefined && right !== undefined) return right - left
  return a.path < b.path ? -1 : 1
}

const numberOf = (path: string): number | undefined => {
  const digits = /\.(\d{1,9})$/u.exec(path)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Opens the one of the files that are there, but for some, that was seen before and holds so many bytes. */
export const findSeen = async (
  options: TailOptions,
  seen: Seen,
  size: number,
  isWanted: (candidate: Candidate) => boolean = () => true
): Promise<Opened & Candidate | undefined> => {
  for (let look = 0; look < looks; look++) {
    const found = await openSeen((await candidatesOf(options)).filter(isWanted), seen, size)
    if (found !== undefined) return found
  }
  return undefined
}

/** Opens the one of the candidates that was seen before and holds so many bytes. */
export const openSeen = async (
  candidates: ReadonlyArray<Candidate>,
  seen: Seen,
  size: number
): Promise<Opened & Candidate | undefined> => {
  const isIt = ({ stats }: Candidate) => inodeOf(stats) === seen.inode
  const ordered = [...candidates.filter(isIt), ...candidates.filter((each) => seen.printed > 0 && !isIt(each))]
  for (const candidate of ordered) {
    if (candidate.stats.size < size) continue
    const opened = await openCandidate(candidate)
    if (opened === undefined) continue
    if (opened.stats.size >= size && await isPrintOf(candidate.path, opened.handle, seen)) {
      return { ...opened, path: candidate.path }
    }
    await opened.handle.close()
  }
  return undefined
}

/** Opens what was found; `undefined` where it is not there any more, or something else is. */
export const openCandidate = async ({ path, stats }: Candidate): Promise<Opened | undefined> => {
  try {
    const opened = await openRegular(path)
    if (inodeOf(opened.stats) === inodeOf(stats)) return opened
    await opened.handle.close()
    return undefined
  } catch (error) {
    if (error instanceof Trouble && error.reason._tag === "NotFound") return undefined
    throw error
  }
}
