/** A disk that writes down what it is asked to do, in order, and can be told to refuse. */
import { Disk } from "@millrace/core"
import { Effect, Layer } from "effect"
import { makeMemoryDisk, type MemoryDiskOptions } from "./MemoryDisk.ts"

type Service = Disk.Disk["Service"]

export interface Recording {
  readonly disk: Service
  readonly layer: Layer.Layer<Disk.Disk>
  /** What changed something or made it durable, since the last look; reads are left out. */
  readonly seen: () => ReadonlyArray<string>
  /** Makes operations fail while it answers with a reason. */
  refuse: (operation: string, path: string) => Disk.DiskError["reason"] | undefined
}

export const recordingDisk = (options?: MemoryDiskOptions): Recording => {
  const inner = makeMemoryDisk(options)
  let operations: Array<string> = []
  // Gives way first, as a real disk does: others add to the journal meanwhile.
  const told = <A, R>(operation: string, path: string, effect: Effect.Effect<A, Disk.DiskError, R>) =>
    Effect.andThen(Effect.yieldNow, (): Effect.Effect<A, Disk.DiskError, R> => {
      operations.push(`${operation} ${path.slice(path.indexOf("/", 1) + 1).replace(/^orders\//, "")}`)
      const reason = recording.refuse(operation, path)
      return reason === undefined ? effect : Effect.fail(new Disk.DiskError({ operation, path, reason }))
    })
  const disk: Service = Disk.Disk.of({
    ...inner,
    exists: (path) => told("exists", path, inner.exists(path)),
    create: (path, content) => told("create", path, inner.create(path, content)),
    append: (path) =>
      Effect.map(told("append", path, inner.append(path)), (file) => ({
        write: (parts) => told("write", path, file.write(parts)),
        sync: told("datasync", path, file.sync)
      })),
    sync: (path) => told("sync", path, inner.sync(path)),
    rename: (from, to) => told("rename", to, inner.rename(from, to)),
    remove: (path) => told("remove", path, inner.remove(path))
  })
  const recording: Recording = {
    disk,
    layer: Layer.succeed(Disk.Disk, disk),
    seen: () => {
      const seen = operations
      operations = []
      return seen
    },
    refuse: () => undefined
  }
  return recording
}
