/** Remembers which files were taken: 12 bytes for each, whatever its name. */
import { createHash } from "node:crypto"
import type { Identity } from "./Position.ts"
import type { WatchPosition } from "./WatchPosition.ts"

const nameBytes = 8
const entryBytes = 12

/** A digest of 64 bits: among a million names two share one with a chance of one to 30 million. */
export const nameKey = (name: string): string => createHash("sha256").update(name).digest().toString("latin1", 0, nameBytes)

/** Tells a file from what has its name later. The inode has no part in it: a restored copy is the same file. */
const identityKey = ({ modified, size }: Pick<Identity, "modified" | "size">): string =>
  createHash("sha256").update(`${size} ${modified}`).digest().toString("latin1", 0, entryBytes - nameBytes)

/** What of a position it is. */
export type Memory = Pick<WatchPosition, "taken" | "whole" | "names">

/** The entries of a memory, oldest first. */
export interface Entry {
  readonly name: string
  readonly identity: string
}

export const entriesOf = ({ names }: Pick<Memory, "names">): ReadonlyArray<Entry> => {
  const text = Buffer.from(names, "base64").toString("latin1")
  return Array.from({ length: Math.floor(text.length / entryBytes) }, (_, index) => ({
    name: text.slice(index * entryBytes, index * entryBytes + nameBytes),
    identity: text.slice(index * entryBytes + nameBytes, (index + 1) * entryBytes)
  }))
}

export const isSame = (entry: Entry, identity: Pick<Identity, "modified" | "size">): boolean =>
  entry.identity === identityKey(identity)

export class Taken {
  #entries: Array<Entry>
  #index: Map<string, Entry>
  #taken: number
  #whole: number
  /** The entries as they are written down; new ones are put behind. */
  #bytes = Buffer.alloc(0)
  #length = 0

  constructor(memory: Memory | undefined) {
    this.#entries = memory === undefined ? [] : [...entriesOf(memory)]
    this.#index = new Map(this.#entries.map((entry) => [entry.name, entry]))
    this.#taken = memory?.taken ?? 0
    this.#whole = memory?.whole ?? 0
    this.#write(this.#entries)
  }

  get size(): number {
    return this.#entries.length
  }

  find(key: string): Entry | undefined {
    return this.#index.get(key)
  }

  add(name: string, identity: Pick<Identity, "modified" | "size">): void {
    const entry = { name: nameKey(name), identity: identityKey(identity) }
    this.#entries.push(entry)
    this.#index.set(entry.name, entry)
    this.#taken++
    this.#write([entry])
  }

  /** Forgets those of the older ones that are to go; answers which. The newest `kept` stay as they are. */
  forget(kept: number, goes: (entry: Entry, index: number) => boolean): ReadonlyArray<Entry> {
    const older = this.#entries.length - kept
    const gone: Array<Entry> = []
    const left = this.#entries.filter((entry, index) => {
      const isGone = index < older && (goes(entry, index) || this.#index.get(entry.name) !== entry)
      if (isGone) gone.push(entry)
      return !isGone
    })
    if (gone.length === 0) return gone
    this.#entries = left
    this.#index = new Map(left.map((entry) => [entry.name, entry]))
    this.#whole = this.#taken - kept
    this.#length = 0
    this.#write(left)
    return gone
  }

  get memory(): Memory {
    return { taken: this.#taken, whole: this.#whole, names: this.#bytes.toString("base64", 0, this.#length) }
  }

  #write(entries: ReadonlyArray<Entry>): void {
    const needed = this.#length + entries.length * entryBytes
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    for (const { identity, name } of entries) {
      this.#length += this.#bytes.write(name + identity, this.#length, "latin1")
    }
  }
}
