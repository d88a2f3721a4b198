/** What the program remembers in: files, made durable as far as the machine can. */
import { type CheckpointStore, StateStore } from "@millrace/core"
import { CheckpointFiles } from "@millrace/core/node"
import * as Layer from "effect/Layer"
import { join } from "node:path"

type Remembering = CheckpointStore.CheckpointStore | StateStore

export const layerOf = (directory: string, segmentBytes: number): Layer.Layer<Remembering> =>
  Layer.merge(
    StateStore.layerMemory,
    CheckpointFiles.layer({ directory: join(directory, "checkpoint"), segmentBytes })
  )
