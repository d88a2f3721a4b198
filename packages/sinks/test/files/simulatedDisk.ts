/** A disk that forgets what was not synced when the power is lost, fails when it is told to, and ends processes. */
import { Chance } from "@millrace/core/testing"
import { Effect } from "effect"
import type { AppendFile, Disk } from "../../src/files/disk.ts"
import { FilesError, type Reason } from "../../src/files/FilesError.ts"

interface Inode {
  content: Buffer
  durable: Buffer
}

interface Change {
  readonly folders: ReadonlyArray<string>
  readonly apply: (names: Map<string, Inode>) => void
}

export class Killed extends Error {}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/"))

const fail = (path: string, tag: "NotFound" | "DiskFull" | "Busy") => {
  const reason: Reason = { _tag: tag }
  return Effect.fail(new FilesError({ path, reason }))
}

/** What happens at an operation: it is done, it fails, the process is killed before it, or half-way through a write. */
export type Fate = "Done" | "Failed" | "Full" | "Killed" | "KilledHalfWay"

/** A process that uses the disk: asked before each of its operations what becomes of it. */
export interface Process {
  isDead: boolean
  operations: number
  readonly fate: (operation: number, what: string, path: string) => Fate
  /** What it waits for before an operation. */
  readonly before?: (operation: number) => Effect.Effect<void>
}

export const makeProcess = (fate: Process["fate"] = () => "Done", before?: Process["before"]): Process => ({
  isDead: false,
  operations: 0,
  fate,
  ...(before === undefined ? {} : { before })
})

export class SimulatedDisk {
  private names = new Map<string, Inode>()
  private durable = new Map<string, Inode>()
  private pending: Array<Change> = []
  private readonly folders = new Set<string>()
  private readonly chance: Chance

  constructor(seed: number) {
    this.chance = new Chance(seed)
  }

  /** Content of all files by path. */
  get files(): ReadonlyArray<readonly [path: string, content: string]> {
    return [...this.names].map(([path, { content }]) => [path, content.toString()] as const).sort(([a], [b]) => a < b ? -1 : 1)
  }

  losePower(): void {
    const isInOrder = this.chance.is(0.5)
    const most = this.chance.int(this.pending.length + 1)
    for (const [index, { apply }] of this.pending.entries()) {
      if (isInOrder ? index < most : this.chance.is(0.5)) apply(this.durable)
    }
    this.pending = []
    this.names = new Map(this.durable)
    for (const inode of new Set(this.names.values())) this.forget(inode)
  }

  /** Of what was not synced nothing is left, or all, or a part with something else behind it. */
  private forget(inode: Inode): void {
    const { content, durable } = inode
    let same = 0
    while (same < Math.min(content.length, durable.length) && content[same] === durable[same]) same++
    const longest = content.length >= durable.length ? content : durable
    const until = same + this.chance.int(longest.length - same + 1)
    const torn = Buffer.from(longest.subarray(0, until))
    if (until > same && this.chance.is(0.5)) torn.fill(0xa5, same + this.chance.int(until - same))
    const left = [durable, content, torn][content.equals(durable) ? 0 : this.chance.int(3)] ?? durable
    inode.content = Buffer.from(left)
    inode.durable = Buffer.from(left)
  }

  private change(folders: ReadonlyArray<string>, apply: Change["apply"]): void {
    apply(this.names)
    this.pending.push({ folders, apply })
  }

  /** The disk as a process uses it. */
  of(process: Process): Disk {
    const act = <A>(what: string, path: string, run: () => Effect.Effect<A, FilesError>, half = () => {}) =>
      Effect.suspend(() => {
        if (process.isDead) return Effect.die(new Killed())
        const operation = ++process.operations
        return Effect.andThen(process.before?.(operation) ?? Effect.void, Effect.suspend(() => {
          const fate = process.fate(operation, what, path)
          if (fate === "Done") return run()
          if (what === "sync" ? fate === "Failed" : fate !== "Killed") half()
          if (fate === "Full") return fail(path, "DiskFull")
          if (fate === "Failed") return fail(path, "Busy")
          process.isDead = true
          return Effect.die(new Killed())
        }))
      })
    const find = (path: string): Effect.Effect<Inode, FilesError> => {
      const inode = this.names.get(path)
      return inode === undefined ? fail(path, "NotFound") : Effect.succeed(inode)
    }
    const handle = (path: string, inode: Inode): AppendFile => ({
      write: (bytes) =>
        act("write", path, () => Effect.sync(() => void (inode.content = Buffer.concat([inode.content, bytes]))), () => {
          inode.content = Buffer.concat([inode.content, bytes.subarray(0, this.chance.int(bytes.length + 1))])
        }),
      sync: act("sync", path, () => Effect.sync(() => void (inode.durable = Buffer.from(inode.content))), () => {
        if (this.chance.is(0.5)) this.forget(inode)
      }),
      truncate: (length) =>
        act("truncate", path, () => Effect.sync(() => void (inode.content = Buffer.from(inode.content.subarray(0, length))))),
      isAt: (other) => act("isAt", other, () => Effect.sync(() => this.names.get(other) === inode)),
      close: Effect.void
    })
    const create = (path: string) =>
      Effect.suspend(() => {
        const found = this.names.get(path)
        if (found !== undefined) {
          found.content = Buffer.alloc(0)
          return Effect.succeed(handle(path, found))
        }
        if (!this.folders.has(parentOf(path))) return fail(path, "NotFound")
        const inode: Inode = { content: Buffer.alloc(0), durable: Buffer.alloc(0) }
        this.change([parentOf(path)], (names) => void names.set(path, inode))
        return Effect.succeed(handle(path, inode))
      })
    return {
      makeDirectory: (path) => act("makeDirectory", path, () => Effect.sync(() => void this.folders.add(path))),
      list: (path) =>
        act("list", path, () => Effect.sync(() =>
          [...this.names.keys()].filter((name) => parentOf(name) === path).map((name) => name.slice(path.length + 1)))),
      exists: (path) => act("exists", path, () => Effect.sync(() => this.names.has(path))),
      read: (path, length, use) =>
        act("read", path, () => find(path)).pipe(Effect.flatMap(({ content }) =>
          content.length < length
            ? Effect.fail(new FilesError({ path, reason: { _tag: "Damaged", problem: "it ends too early" } }))
            : use(content.subarray(0, length)))),
      readWhole: (path) => act("read", path, () => Effect.map(find(path), ({ content }) => content)),
      create: (path) => act("create", path, () => create(path)),
      reopen: (path) => act("reopen", path, () => Effect.map(find(path), (inode) => handle(path, inode))),
      syncDirectory: (path) =>
        act("syncDirectory", path, () => Effect.sync(() => {
          for (const done of this.pending) if (done.folders.includes(path)) done.apply(this.durable)
          this.pending = this.pending.filter((done) => !done.folders.includes(path))
        })),
      rename: (from, to) =>
        act("rename", from, () => Effect.map(find(from), (inode) =>
          this.change([parentOf(from), parentOf(to)], (names) => {
            if (names.get(from) === inode) names.delete(from)
            names.set(to, inode)
          }))),
      remove: (path) =>
        act("remove", path, () => Effect.sync(() => this.change([parentOf(path)], (names) => void names.delete(path))))
    }
  }
}
