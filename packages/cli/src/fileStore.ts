/** The checkpoints of a directory. */
import type { CheckpointStore } from "@millrace/core"
import { CheckpointFiles } from "@millrace/core/node"
import type * as Layer from "effect/Layer"

export const fileStore = (directory: string): Layer.Layer<CheckpointStore.CheckpointStore, unknown> =>
  CheckpointFiles.layer({ directory })
