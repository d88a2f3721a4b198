/** The names on a disk, and which of them would still be there after a loss of power. */
import type { Chance } from "./Chance.ts"
import { SimFile } from "./simFile.ts"

export type Entry = SimFile | SimDirectory

/** Something done to the names of one or two directories: there as a whole after a loss of power, or not at all. */
interface Change {
  readonly parts: ReadonlyArray<{ readonly directory: SimDirectory; readonly apply: (entries: Map<string, Entry>) => void }>
}

export class SimDirectory {
  entries = new Map<string, Entry>()
  private durable = new Map<string, Entry>()
  private pending: Array<Change> = []

  get(name: string): Entry | undefined {
    return this.entries.get(name)
  }

  link(name: string, entry: Entry): void {
    change([{ directory: this, apply: (entries) => entries.set(name, entry) }])
  }

  unlink(name: string): void {
    change([{ directory: this, apply: (entries) => entries.delete(name) }])
  }

  static move(from: SimDirectory, name: string, to: SimDirectory, newName: string): void {
    const entry = from.entries.get(name)
    if (entry === undefined) return
    change([
      { directory: from, apply: (entries) => entries.delete(name) },
      { directory: to, apply: (entries) => entries.set(newName, entry) }
    ])
  }

  sync(): void {
    for (const done of this.pending) {
      for (const { apply, directory } of done.parts) {
        apply(directory.durable)
        if (directory !== this) directory.pending = directory.pending.filter((other) => other !== done)
      }
    }
    this.pending = []
  }

  /** A power loss of everything below. Of the changes that were not synced a first part is kept, or any of them. */
  losePower(chance: Chance): void {
    const changes = new Set<Change>()
    const directories: Array<SimDirectory> = []
    this.collect(changes, directories)
    const inOrder = chance.is(0.5)
    const most = chance.int(changes.size + 1)
    let seen = 0
    for (const { parts } of changes) {
      if (inOrder ? seen++ >= most : chance.is(0.5)) continue
      for (const { apply, directory } of parts) apply(directory.durable)
    }
    for (const directory of directories) {
      directory.entries = new Map(directory.durable)
      directory.pending = []
    }
    const files = new Set<SimFile>()
    for (const directory of directories) {
      for (const entry of directory.entries.values()) if (entry instanceof SimFile) files.add(entry)
    }
    for (const file of files) file.losePower(chance)
  }

  private collect(changes: Set<Change>, directories: Array<SimDirectory>): void {
    if (directories.includes(this)) return
    directories.push(this)
    for (const pending of this.pending) changes.add(pending)
    for (const entry of [...this.durable.values(), ...this.entries.values()]) {
      if (entry instanceof SimDirectory) entry.collect(changes, directories)
    }
  }

  /** What makes a change visible at once, and pending until it is synced. */
  hold(done: Change): void {
    if (!this.pending.includes(done)) this.pending.push(done)
  }
}

const change = (parts: Change["parts"]): void => {
  const done: Change = { parts }
  for (const { apply, directory } of parts) {
    apply(directory.entries)
    directory.hold(done)
  }
}
