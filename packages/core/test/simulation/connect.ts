/** What goes wrong around the processes, and who is told of what they do. */
import type { Chance } from "../../src/testing/simulation/Chance.ts"
import type { SimDisk } from "../../src/testing/simulation/SimDisk.ts"
import type { Fault } from "../../src/testing/simulation/SimSink.ts"
import type { Simulation } from "../../src/testing/simulation/Simulation.ts"
import type { Program } from "./program.ts"
import type { Scenario } from "./scenario.ts"
import { directory } from "./stores.ts"
import type { Watch } from "./Watch.ts"

interface World {
  readonly disk: SimDisk
  readonly program: Program
  readonly scenario: Scenario
  readonly watch: Watch
  readonly world: Simulation
  /** Nothing goes wrong any more. */
  readonly isQuiet: () => boolean
}

/** Connects faults and watch to everything that is around the processes. */
export const connect = ({ disk, isQuiet, program, scenario, watch, world }: World): void => {
  const { faults } = scenario
  const { chance } = world
  world.latency = () => faults.slow && !isQuiet() && chance.is(0.2) ? chance.int(2 * scenario.intervalMillis) : 0
  const often = (probability: number, isOn: boolean) => () => isOn && !isQuiet() && chance.is(probability)
  disk.fault = (operation) => {
    if (isQuiet()) return undefined
    if (faults.diskFails && chance.is(0.01)) return "Failed"
    return faults.diskFull && operation === "write" && chance.is(0.02) ? "Full" : undefined
  }
  for (const source of program.sources) {
    const shape = scenario.sources.find(({ name }) => name === source.options.name)!
    source.isUnwell = often(0.05, faults.sourceUnwell)
    source.repeats = often(0.2, faults.repeats)
    source.losesAcknowledgement = often(0.2, faults.lostAcknowledgements)
    source.onAcknowledged = (process, events) => watch.acknowledge(process, shape, events)
    source.onGiven = (process, events) => watch.given(process, shape, events)
  }
  watch.fenced = () => Math.min(...program.sinks.map(({ newestEpoch }) => newestEpoch))
  const [first, ...rest] = faults.sink
  const strikes = often(0.15, true)
  program.sinks.forEach((sink, index) => {
    const { name } = scenario.outputs[index]!
    sink.lateMillis = 10 * scenario.intervalMillis
    sink.isUnwell = often(0.1, faults.sinkUnwell)
    sink.fault = (): Fault | undefined => first !== undefined && strikes() ? chance.pick([first, ...rest]) : undefined
    sink.onArrival = (arrival) => watch.arrive(name, arrival)
  })
}

/** Turns a bit of some file over; says which. */
export const turnBit = (disk: SimDisk, chance: Chance): string | undefined => {
  const files = disk.files(directory).filter(([, { length }]) => length > 0)
  const journals = files.filter(([path]) => path.endsWith(".mrj"))
  const among = journals.length > 0 && chance.is(0.6) ? journals : files
  if (among.length === 0) return undefined
  const [path, file] = among[chance.int(among.length)]!
  const bit = chance.int(file.length * 8)
  file.flip(bit)
  return `bit ${bit} of ${path} is turned over`
}
