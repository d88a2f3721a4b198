/**
 * Checkpoints in files on this machine.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import { type CheckpointStore, type FileOptions, layerFileSystem } from "../CheckpointStore.ts"
import * as NodeDisk from "./NodeDisk.ts"

/**
 * Keeps checkpoints below a directory: what was synced survives a loss of power, and a pipeline that is started again
 * goes on where it was. A directory is for one machine; a pipeline is claimed in it by one run at a time.
 *
 * ```ts import.meta.vitest
 * import { CheckpointStore } from "@millrace/core"
 * import { CheckpointFiles } from "@millrace/core/node"
 * import { Effect } from "effect"
 *
 * const durability = Effect.map(CheckpointStore.CheckpointStore, (store) => store.durability)
 * const layer = CheckpointFiles.layer({ directory: "checkpoints" })
 * await Effect.runPromise(Effect.provide(durability, layer)) // => "fsync"
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: FileOptions): Layer.Layer<CheckpointStore> =>
  Layer.provide(layerFileSystem(options), NodeDisk.layer)
