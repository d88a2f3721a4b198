import { describe } from "@effect/vitest"
import { StateStore } from "@millrace/core"
import { keepsStateContract } from "./stateContract.ts"

describe("StateStore.layerMemory", () => {
  keepsStateContract("as a whole", () => StateStore.layerMemory, false)
  keepsStateContract("by key", () => StateStore.layerMemory, true)
})
