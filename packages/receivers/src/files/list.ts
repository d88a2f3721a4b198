/** Lists the files of a directory, and of those in it. */
import type { BigIntStats, Dirent } from "node:fs"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { InvalidName, NotAFile, reasonOfSystem } from "./FilesError.ts"
import { kindOf, statsOf, Trouble } from "./locate.ts"

/** What of a directory is wanted. */
export interface Wanted {
  readonly isRecursive: boolean
  readonly isHiddenToo: boolean
  readonly matches: (name: string) => boolean
}

/** What was found: names below the directory, with `/` between directories, and what is no file or cannot be looked into. */
export interface Listing {
  readonly names: ReadonlyArray<string>
  readonly troubles: ReadonlyArray<Trouble>
}

/** Fails where the directory itself cannot be read. */
export const list = async (root: string, wanted: Wanted): Promise<Listing> => {
  const names: Array<string> = []
  const troubles: Array<Trouble> = []
  const ahead = [""]
  for (let below = ahead.pop(); below !== undefined; below = ahead.pop()) {
    const path = join(root, below)
    for (const entry of await entriesIn(path, below === "", troubles)) {
      const name = entry.name.toString("utf8")
      const full = `${below}${name}`
      if (!wanted.isHiddenToo && isHidden(name)) continue
      if (entry.isDirectory()) {
        if (wanted.isRecursive) ahead.push(`${full}/`)
      } else if (!wanted.matches(full)) continue
      else if (!Buffer.from(name).equals(entry.name)) troubles.push(new Trouble(path, new InvalidName()))
      else if (!entry.isFile()) troubles.push(new Trouble(join(root, full), new NotAFile({ kind: kindOf(entry) })))
      else names.push(full)
    }
  }
  return { names, troubles }
}

const isHidden = (name: string): boolean => name.startsWith(".") || name.startsWith("_") || name.endsWith(".tmp")

const entriesIn = async (path: string, isRoot: boolean, troubles: Array<Trouble>): Promise<ReadonlyArray<Dirent<Buffer>>> => {
  try {
    return await readdir(path, { encoding: "buffer", withFileTypes: true })
  } catch (error) {
    const trouble = new Trouble(path, reasonOfSystem(error))
    if (isRoot) throw trouble
    // A directory below that went away while this was going on has nothing more to say.
    if (trouble.reason._tag !== "NotFound") troubles.push(trouble)
    return []
  }
}

const atOnce = 64

/** What the files are like; those that went away meanwhile are left out. */
export const look = async (
  root: string,
  names: ReadonlyArray<string>
): Promise<ReadonlyArray<readonly [name: string, stats: BigIntStats]>> => {
  const found: Array<readonly [string, BigIntStats]> = []
  for (let from = 0; from < names.length; from += atOnce) {
    const some = names.slice(from, from + atOnce)
    const stats = await Promise.all(some.map((name) => statsOf(join(root, name))))
    stats.forEach((each, index) => {
      const name = some[index]
      if (each !== undefined && name !== undefined) found.push([name, each])
    })
  }
  return found
}
