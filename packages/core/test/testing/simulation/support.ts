/** Runs something in a process of a simulated machine, to its end. */
import { assert } from "@effect/vitest"
import { SimDisk, Simulation } from "@millrace/core/testing"
import type { Disk } from "@millrace/core"
import { type Effect, Exit } from "effect"

export type DiskService = Disk.Disk["Service"]

export const machine = (seed: number) => {
  const world = new Simulation(seed)
  const disk = new SimDisk(world, (process) => world.isAlive(process))
  return { world, disk }
}

export type Machine = ReturnType<typeof machine>

/** The exit of an effect in a process of its own. */
export const exitOf = <A, E>(
  { disk, world }: Machine,
  use: (disk: DiskService) => Effect.Effect<A, E>
): Exit.Exit<A, E> | undefined => {
  const process = world.spawn()
  process.run(use(disk.of(process)))
  world.run(() => !process.isAlive)
  return process.exit as Exit.Exit<A, E> | undefined
}

export const valueOf = <A, E>(on: Machine, use: (disk: DiskService) => Effect.Effect<A, E>): A => {
  const exit = exitOf(on, use)
  assert(exit !== undefined && Exit.isSuccess(exit), String(exit))
  return exit.value
}
