/** Looks into a directory again and again, and tells what is new there. */
import type { BigIntStats } from "node:fs"
import { join } from "node:path"
import { FileChanged, type Reason, TooOld } from "./FilesError.ts"
import { makeGlob } from "./glob.ts"
import { list, type Listing, look, type Wanted } from "./list.ts"
import { realPath, Trouble } from "./locate.ts"
import type { WatchOptions } from "./Options.ts"
import { type Identity, identityOf } from "./Position.ts"
import { type Entry, isSame, nameKey, type Taken } from "./Taken.ts"

/** A file that was not taken yet. */
export interface Found {
  readonly name: string
  readonly path: string
  /** The digest of its name. */
  readonly key: string
  readonly identity: Identity
  /** Nanoseconds since the epoch. */
  readonly modified: bigint
}

/** A file that needs no second look: it was taken, or is not to be. */
interface Settled {
  readonly key: string
  readonly modified: bigint
}

/** How many of the files that were taken are compared with what they were, at each look. */
const compared = 256

export const wantedOf = ({ filter, glob, includeHidden = false, recursive = false }: WatchOptions): Wanted => {
  const isMatch = glob === undefined ? undefined : makeGlob(glob)
  return {
    isHiddenToo: includeHidden,
    isRecursive: recursive,
    matches: (name) => isMatch?.(name) !== false && filter?.(name) !== false
  }
}

export class Lookout {
  readonly #options: WatchOptions
  readonly #wanted: Wanted
  readonly #taken: Taken
  readonly #report: (trouble: Trouble) => void
  #horizon: bigint | undefined
  #settled = new Map<string, Settled>()
  /** When what was there at the last look was written, by the digest of its name. */
  #there = new Map<string, bigint>()
  /** What was told of which path, and may still be so. */
  #told = new Map<string, string>()
  #toldNow = new Map<string, string>()
  /** Whether it was there once: then its return is waited for. */
  #wasThere: boolean
  #isFirst = true
  #compareFrom = 0

  constructor(
    options: WatchOptions,
    taken: Taken,
    horizon: string | undefined,
    wasThere: boolean,
    report: (trouble: Trouble) => void
  ) {
    this.#options = options
    this.#wanted = wantedOf(options)
    this.#taken = taken
    this.#horizon = horizon === undefined ? undefined : BigInt(horizon)
    this.#wasThere = wasThere
    this.#report = report
  }

  get horizon(): bigint | undefined {
    return this.#horizon
  }

  /** Whether a file of this name was there at the last look. */
  isThere(key: string): boolean {
    return this.#there.has(key)
  }

  /** Looks which of what was there is there still. */
  async lookAgain(): Promise<void> {
    const listed = await this.#listed()
    if (listed === undefined) return
    const keys = new Set(listed.names.map((name) => this.#settled.get(name)?.key ?? nameKey(name)))
    for (const key of this.#there.keys()) if (!keys.has(key)) this.#there.delete(key)
  }

  trouble(reason: Reason): Trouble {
    return new Trouble(this.#options.path, reason)
  }

  /** Files as old as the newest of these are not taken any more. */
  raiseHorizon(forgotten: ReadonlyArray<Entry>): void {
    for (const { name } of forgotten) {
      const modified = this.#there.get(name)
      if (modified !== undefined && (this.#horizon === undefined || modified > this.#horizon)) this.#horizon = modified
    }
  }

  /** What is new, ordered by time and name. */
  async look(): Promise<ReadonlyArray<Found>> {
    const listed = await this.#listed()
    if (listed === undefined) return []
    const { names, real, troubles } = listed
    this.#toldNow = new Map()
    for (const trouble of troubles) this.#unreadable(trouble)
    const known = names.filter((name) => this.#settled.has(name))
    const unknown = names.filter((name) => !this.#settled.has(name))
    const before = this.#settled
    this.#settled = new Map()
    for (const name of known) {
      const settled = before.get(name)
      if (settled !== undefined) this.#settled.set(name, settled)
    }
    const some = this.#someOf(known)
    const found: Array<Found> = []
    for (const [name, stats] of await look(real, [...unknown, ...some])) this.#judge(real, name, stats, found)
    this.#there = new Map([...this.#settled.values(), ...found].map(({ key, modified }) => [key, modified]))
    this.#forgetTold(real, names)
    this.#isFirst = false
    return found.sort((a, b) => a.modified < b.modified ? -1 : a.modified > b.modified ? 1 : a.name < b.name ? -1 : 1)
  }

  /** A trouble that is lived through, told when it begins. */
  tellOnce(trouble: Trouble): void {
    const { path, reason: { _tag } } = trouble
    if (this.#told.get(path) !== _tag) this.#report(trouble)
    this.#told.set(path, _tag)
    this.#toldNow.set(path, _tag)
  }

  /** What was told of files that are gone would be news when they come again. */
  #forgetTold(real: string, names: ReadonlyArray<string>): void {
    if (this.#told.size > this.#toldNow.size) {
      for (const name of names) {
        const path = join(real, name)
        const told = this.#told.get(path)
        if (told !== undefined) this.#toldNow.set(path, told)
      }
    }
    this.#told = this.#toldNow
  }

  /** A file that was taken. */
  settle({ key, modified, name }: Pick<Found, "key" | "modified" | "name">): void {
    this.#settled.set(name, { key, modified })
  }

  async #listed(): Promise<Listing & { readonly real: string } | undefined> {
    try {
      const real = await realPath(this.#options)
      const listing = await list(real, this.#wanted)
      this.#wasThere = true
      return { ...listing, real }
    } catch (error) {
      if (!(error instanceof Trouble) || error.reason._tag !== "NotFound" || !this.#wasThere) throw error
      this.tellOnce(error)
      return undefined
    }
  }

  #unreadable(trouble: Trouble): void {
    if (this.#options.onUnreadable !== "skip") throw trouble
    this.tellOnce(trouble)
  }

  /** A few of the names, others each time. */
  #someOf(names: ReadonlyArray<string>): ReadonlyArray<string> {
    if (names.length <= compared) return names
    const from = this.#compareFrom % names.length
    this.#compareFrom = from + compared
    return names.slice(from, from + compared)
  }

  #judge(real: string, name: string, stats: BigIntStats, found: Array<Found>): void {
    const path = join(real, name)
    const key = this.#settled.get(name)?.key ?? nameKey(name)
    const identity = identityOf(stats)
    const modified = stats.mtimeNs
    const entry = this.#taken.find(key)
    if (entry !== undefined && isSame(entry, identity)) return this.settle({ name, key, modified })
    if (entry !== undefined) {
      const trouble = new Trouble(path, new FileChanged({ how: "taken" }))
      if (this.#options.onChanged === "skip") {
        this.tellOnce(trouble)
        return this.settle({ name, key, modified })
      }
      if (this.#options.onChanged !== "read") throw trouble
      this.#settled.delete(name)
    } else if (this.#horizon !== undefined && modified <= this.#horizon) {
      // At the first look nobody can tell a file that came late from one that was read and is forgotten.
      if (!this.#isFirst && !this.#settled.has(name)) this.tellOnce(new Trouble(path, new TooOld()))
      return this.settle({ name, key, modified })
    }
    found.push({ name, path, key, identity, modified })
  }
}
