/**
 * A disk that forgets what was not synced when the power is lost, and fails when it is told to.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type AppendFile, Disk, DiskError } from "../../store/Disk.ts"
import { type Entry, SimDirectory } from "./simDirectory.ts"
import { SimFile } from "./simFile.ts"
import type { SimProcess, World } from "./SimProcess.ts"

/**
 * What goes wrong with an operation. `Failed`: the device says no, and what was to be synced is unknown. `Full`: there
 * is no room, and a write may have been done in part.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault = "Failed" | "Full"

/**
 * The disk of a simulated machine: it outlives processes and losses of power. A write is seen by all at once, a sync
 * makes it stay; names are made to stay by a sync of their directory. What a power loss leaves of the rest is chance:
 * any of the 512-byte sectors of a file, the last one in part, and any of the names.
 *
 * @category models
 * @since 0.1.0
 */
export class SimDisk {
  /** Bytes that may still be written. */
  roomBytes = Infinity
  /** Asked before each operation of a process. */
  fault: (operation: string, path: string) => Fault | undefined = () => undefined
  private readonly root = new SimDirectory()
  private readonly world: World
  private readonly isAlive: (process: number) => boolean

  constructor(world: World, isAlive: (process: number) => boolean) {
    this.world = world
    this.isAlive = isAlive
  }

  losePower(): void {
    this.root.losePower(this.world.chance)
  }

  /** The files in a directory and below, by path. */
  files(path: string): ReadonlyArray<readonly [path: string, file: SimFile]> {
    const entry = this.find(path)
    if (entry instanceof SimFile) return [[path, entry]]
    if (entry === undefined) return []
    return [...entry.entries.keys()].sort().flatMap((name) => this.files(`${path}/${name}`))
  }

  /** The disk as one process uses it. */
  of(user: SimProcess): Disk["Service"] {
    const call = <A>(operation: string, path: string, act: (fault: Fault | undefined) => A | DiskError, cut?: () => void) =>
      user.call(`disk ${operation} ${path}`, () => {
        const fault = this.fault(operation, path)
        // A sync fails in its own way; whether a process is alive is no question to the disk.
        const isRefused = fault === "Failed" && operation !== "sync" && operation !== "isAlive"
        const done = isRefused ? refusal(operation, path, "Failed") : act(fault)
        return done instanceof DiskError ? Effect.fail(done) : Effect.succeed(done)
      }, cut)
    const sync = (path: string, entry: () => Entry | undefined) =>
      call("sync", path, (fault) => {
        const found = entry()
        if (found === undefined) return refusal("sync", path, "NotFound")
        if (fault === undefined) return found.sync()
        if (found instanceof SimFile) found.failSync(this.world.chance)
        return refusal("sync", path, "Failed")
      })
    const write = (path: string, file: SimFile, bytes: Uint8Array) =>
      call("write", path, (fault) => this.write(path, file, bytes, fault), () => {
        file.append(bytes.subarray(0, this.world.chance.int(bytes.length + 1)))
      })
    const make = (operation: string, path: string) =>
      call(operation, path, (fault) => fault === "Full" ? refusal(operation, path, "Full") : this.make(operation, path))
    return Disk.of({
      makeDirectory: (path) => call("makeDirectory", path, () => this.makeDirectory(path)),
      list: (path) =>
        call("list", path, () => {
          const found = this.find(path)
          return found instanceof SimDirectory ? [...found.entries.keys()].sort() : refusal("list", path, "NotFound")
        }),
      exists: (path) => call("exists", path, () => this.find(path) !== undefined),
      read: (path, maxBytes) => call("read", path, () => this.read(path, maxBytes)),
      create: (path, content) =>
        Effect.flatMap(make("create", path), (file) =>
          Effect.andThen(write(path, file, content), sync(path, () => file))),
      append: (path) =>
        Effect.map(make("append", path), (file): AppendFile => ({
          write: (parts) => write(path, file, joined(parts)),
          sync: sync(path, () => file)
        })),
      sync: (path) => sync(path, () => this.find(path)),
      rename: (from, to) => call("rename", from, () => this.rename(from, to)),
      remove: (path) =>
        call("remove", path, () => {
          const [directory, name] = this.parentOf(path)
          if (directory?.get(name) !== undefined) directory.unlink(name)
        }),
      owner: user.owner,
      isAlive: (owner) => call("isAlive", String(owner.process), () => owner.boot === user.owner.boot && this.isAlive(owner.process)).pipe(Effect.orDie)
    })
  }

  private write(path: string, file: SimFile, bytes: Uint8Array, fault: Fault | undefined): DiskError | undefined {
    const isFull = fault === "Full" || bytes.length > this.roomBytes
    const written = isFull ? this.world.chance.int(Math.min(this.roomBytes, bytes.length) + 1) : bytes.length
    file.append(bytes.subarray(0, written))
    this.roomBytes -= written
    return isFull ? refusal("write", path, "Full") : undefined
  }

  private read(path: string, maxBytes: number): Uint8Array | DiskError {
    const found = this.find(path)
    if (!(found instanceof SimFile)) return refusal("read", path, found === undefined ? "NotFound" : "Refused")
    return found.length > maxBytes ? refusal("read", path, "TooLarge") : found.read()
  }

  private make(operation: string, path: string): SimFile | DiskError {
    const [directory, name] = this.parentOf(path)
    if (directory === undefined) return refusal(operation, path, "NotFound")
    if (directory.get(name) !== undefined) return refusal(operation, path, "AlreadyExists")
    const file = new SimFile()
    directory.link(name, file)
    return file
  }

  private makeDirectory(path: string): void | DiskError {
    let directory = this.root
    for (const name of namesOf(path)) {
      const found = directory.get(name)
      if (found instanceof SimFile) return refusal("makeDirectory", path, "Refused")
      const next = found ?? new SimDirectory()
      if (found === undefined) {
        directory.link(name, next)
        directory.sync()
      }
      directory = next
    }
  }

  private rename(from: string, to: string): void | DiskError {
    const [directory, name] = this.parentOf(from)
    const [newDirectory, newName] = this.parentOf(to)
    if (directory?.get(name) === undefined || newDirectory === undefined) return refusal("rename", from, "NotFound")
    SimDirectory.move(directory, name, newDirectory, newName)
  }

  private find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.root
    for (const name of namesOf(path)) entry = entry instanceof SimDirectory ? entry.get(name) : undefined
    return entry
  }

  private parentOf(path: string): readonly [directory: SimDirectory | undefined, name: string] {
    const names = namesOf(path)
    const name = names.pop() ?? ""
    const found = this.find(names.join("/"))
    return [found instanceof SimDirectory ? found : undefined, name]
  }
}

const namesOf = (path: string): Array<string> => path.split("/").filter((name) => name !== "")

const refusal = (operation: string, path: string, reason: DiskError["reason"]): DiskError =>
  new DiskError({ operation, path, reason })

const joined = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const only = parts.length === 1 ? parts[0] : undefined
  if (only !== undefined) return only.slice()
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
