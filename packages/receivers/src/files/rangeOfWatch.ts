/** Finds again the files that were taken between two positions. */
import { lstat } from "node:fs/promises"
import { join } from "node:path"
import { FileChanged, Forgotten, NotFound } from "./FilesError.ts"
import type { Walk } from "./FilesReader.ts"
import { list } from "./list.ts"
import { at, realPath, Trouble } from "./locate.ts"
import { wantedOf } from "./Lookout.ts"
import type { Part } from "./OpenFile.ts"
import type { WatchOptions } from "./Options.ts"
import { identityOf } from "./Position.ts"
import { entriesOf, isSame, nameKey } from "./Taken.ts"
import type { WatchPosition } from "./WatchPosition.ts"

/** Reads the files of a range. Nobody asks it for a position. */
export const rangeOfWatch = async (
  options: WatchOptions,
  from: WatchPosition | undefined,
  until: WatchPosition
): Promise<Walk<WatchPosition>> => {
  const parts = await partsOf(options, from, until)
  let next = 0
  return {
    isEndless: false,
    moved: () => {},
    position: () => undefined,
    next: () => Promise.resolve(parts[next++])
  }
}

const partsOf = async (
  options: WatchOptions,
  from: WatchPosition | undefined,
  until: WatchPosition
): Promise<ReadonlyArray<Part>> => {
  const real = await realPath(options)
  const first = Math.max(from?.taken ?? 0, until.skipped)
  if (first < until.taken && first < until.whole) {
    throw new Trouble(options.path, new Forgotten({ limit: until.taken - until.whole }))
  }
  const entries = entriesOf(until).slice(first < until.taken ? first - until.taken : Infinity)
  const begun = from?.current
  const parts: Array<Part> = []
  const names = entries.length === 0 ? new Map<string, string>() : await namesByKey(options, real)
  for (const [index, entry] of entries.entries()) {
    const name = names.get(entry.name)
    if (name === undefined) throw new Trouble(options.path, new NotFound())
    const path = join(real, name)
    if (!isSame(entry, identityOf(await at(path, lstat(path, { bigint: true }))))) {
      throw new Trouble(path, new FileChanged({ how: "taken" }))
    }
    parts.push({ path, name, from: index === 0 && begun?.file === name ? begun : undefined, until: undefined })
  }
  const { current } = until
  if (current === undefined) return parts
  const isBegun = entries.length === 0 && begun?.file === current.file
  parts.push({ path: join(real, current.file), name: current.file, from: isBegun ? begun : undefined, until: current })
  return parts
}

const namesByKey = async (options: WatchOptions, real: string): Promise<ReadonlyMap<string, string>> => {
  const { names } = await list(real, wantedOf(options))
  return new Map(names.map((name) => [nameKey(name), name]))
}
