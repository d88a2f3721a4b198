/** The store of a simulation, as each of its processes opens it. */
import { CheckpointStore, Disk } from "@millrace/core"
import { Context, Effect, Layer } from "effect"
import type { Scope } from "effect"
import type { SimDisk } from "../../src/testing/simulation/SimDisk.ts"
import type { SimProcess } from "../../src/testing/simulation/SimProcess.ts"
import type { Scenario } from "./scenario.ts"

export type StoreOf = (
  process: SimProcess
) => Effect.Effect<CheckpointStore.CheckpointStore["Service"], never, Scope.Scope>

export const directory = "/checkpoints"

export const storesOf = (disk: SimDisk, { segmentBytes, store }: Scenario): StoreOf => {
  const service = (build: Effect.Effect<Context.Context<CheckpointStore.CheckpointStore>, never, Scope.Scope>) =>
    Effect.map(build, (context: Context.Context<CheckpointStore.CheckpointStore>) =>
Context.get(context, CheckpointStore.CheckpointStore))
  if (store === "memory") {
    const shared = Effect.runSync(Effect.scoped(service(Layer.build(CheckpointStore.layerMemory))))
    return () => Effect.succeed(shared)
  }
  const layer = CheckpointStore.layerFileSystem({ directory, segmentBytes, reserveBytes: 64 })
  return (process) => service(Layer.build(Layer.provide(layer, Layer.succeed(Disk.Disk, disk.of(process)))))
}
