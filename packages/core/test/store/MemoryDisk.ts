/** A disk in memory, for tests: correct, and without faults. Several processes may share its files. */
import { Disk } from "@millrace/core"
import { Effect, Layer } from "effect"

export type Files = Map<string, Uint8Array | "directory">

const fail = (operation: string, path: string, reason: Disk.DiskError["reason"]) =>
  Effect.fail(new Disk.DiskError({ operation, path, reason }))

const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const parents = (path: string): Array<string> =>
  path.split("/").map((_, place, words) => words.slice(0, place + 1).join("/")).filter((name) => name !== "")

export interface MemoryDiskOptions {
  readonly files?: Files
  readonly process?: number
  /** Processes that run. */
  readonly alive?: Set<number>
}

export const makeMemoryDisk = (options: MemoryDiskOptions = {}): Disk.Disk["Service"] => {
  const { alive = new Set([1]), files = new Map<string, Uint8Array | "directory">(), process = 1 } = options
  const under = (path: string) => [...files.keys()].filter((name) => name === path || name.startsWith(`${path}/`))
  const isDirectory = (path: string) => files.get(path.slice(0, path.lastIndexOf("/"))) === "directory"
  const make = (operation: string, path: string, content: Uint8Array) =>
    Effect.suspend(() => {
      if (files.has(path)) return fail(operation, path, "AlreadyExists")
      if (!isDirectory(path)) return fail(operation, path, "NotFound")
      files.set(path, content)
      return Effect.void
    })
  return Disk.Disk.of({
    makeDirectory: (path) => Effect.sync(() => {
      for (const name of parents(path)) files.set(name, "directory")
    }),
    list: (path) => Effect.suspend(() => {
      if (files.get(path) !== "directory") return fail("list", path, "NotFound")
      const names = under(path).filter((name) => name !== path).map((name) => name.slice(path.length + 1))
      return Effect.succeed(names.filter((name) => !name.includes("/")).sort())
    }),
    exists: (path) => Effect.sync(() => files.has(path)),
    read: (path, maxBytes) => Effect.suspend(() => {
      const content = files.get(path)
      if (content === undefined) return fail("read", path, "NotFound")
      if (content === "directory") return fail("read", path, "Refused")
      return content.length > maxBytes ? fail("read", path, "TooLarge") : Effect.succeed(content.slice())
    }),
    create: (path, content) => make("create", path, content.slice()),
    append: (path) =>
      Effect.as(make("append", path, new Uint8Array(0)), {
        write: (parts) => Effect.suspend(() => {
          const before = files.get(path)
          if (before === undefined || before === "directory") return fail("write", path, "Failed")
          files.set(path, concat([before, ...parts]))
          return Effect.void
        }),
        sync: Effect.void
      }),
    sync: (path) => Effect.suspend(() => files.has(path) ? Effect.void : fail("sync", path, "NotFound")),
    rename: (from, to) => Effect.suspend(() => {
      if (!files.has(from)) return fail("rename", from, "NotFound")
      for (const name of under(from)) {
        files.set(to + name.slice(from.length), files.get(name) ?? "directory")
        files.delete(name)
      }
      return Effect.void
    }),
    remove: (path) => Effect.sync(() => {
      for (const name of under(path)) files.delete(name)
    }),
    owner: { host: "here", process, boot: "boot", startedAt: 1000 + process },
    isAlive: (owner) => Effect.sync(() => alive.has(owner.process))
  })
}

export const layerMemoryDisk = (options?: MemoryDiskOptions): Layer.Layer<Disk.Disk> =>
  Layer.sync(Disk.Disk, () => makeMemoryDisk(options))
