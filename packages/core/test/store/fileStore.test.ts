import { describe } from "@effect/vitest"
import { CheckpointStore } from "@millrace/core"
import { NodeDisk } from "@millrace/core/node"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { checkpointContract } from "./checkpointContract.ts"
import { layerMemoryDisk } from "./MemoryDisk.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "millrace-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true }))
)

const onNode = (options: Omit<CheckpointStore.FileOptions, "directory">) => () =>
  Layer.unwrap(Effect.map(temporary, (directory) =>
    Layer.provide(
      CheckpointStore.layerFileSystem({ directory, allowNetworkFileSystem: true, reserveBytes: 4096, ...options }),
      NodeDisk.layer
    )))

describe("layerFileSystem", () => {
  describe("on the disk of this machine", () => checkpointContract(onNode({}), { runs: 20 }))
  describe("on it, left to the system", () => checkpointContract(onNode({ durability: "os" }), { runs: 20 }))
  describe("on a disk in memory, with short segments", () =>
    checkpointContract(() =>
      Layer.provide(
        CheckpointStore.layerFileSystem({ directory: "/data", segmentBytes: 600, reserveBytes: 0 }),
        layerMemoryDisk()
      )
    ))
})
