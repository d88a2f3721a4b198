import { describe } from "@effect/vitest"
import { CheckpointStore } from "@millrace/core"
import { checkpointContract } from "./checkpointContract.ts"

describe("layerMemory", () => {
  checkpointContract(() => CheckpointStore.layerMemory)
})
