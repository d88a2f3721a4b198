/** One seed: a pipeline, what goes wrong around it, its restarts, and whether all invariants held. */
import { CheckpointStore, Pipeline, PipelineError, StateStore } from "@millrace/core"
import { Cause, Effect, type Exit, Logger, References } from "effect"
import { Chance } from "../../src/testing/simulation/Chance.ts"
import { SimDisk } from "../../src/testing/simulation/SimDisk.ts"
import type { SimProcess } from "../../src/testing/simulation/SimProcess.ts"
import type { Fault } from "../../src/testing/simulation/SimSink.ts"
import { Simulation, traceText } from "../../src/testing/simulation/Simulation.ts"
import { noStateStore, type Program, programOf } from "./program.ts"
import { eventsOf, type Scenario, scenarioOf, secret } from "./scenario.ts"
import { type StoreOf, storesOf } from "./stores.ts"
import { checkEnd } from "./verdict.ts"
import { Violation } from "./View.ts"
import { Watch } from "./Watch.ts"

export interface Outcome {
  readonly seed: number
  readonly scenario: Scenario
  readonly violation: Violation | undefined
  readonly world: Simulation
  /** How many processes there were. */
  readonly starts: number
  readonly batches: number
}

/** Where a run is cut short, for those who go through all places instead of drawing them. */
export interface Plan {
  readonly scenario?: Scenario | undefined
  /** By number of process, 1 first: after how many operations of it, and how. */
  readonly crashes?: ReadonlyArray<{ readonly after: number; readonly by: "kill" | "power" }> | undefined
}

export const simulate = (seed: number, plan: Plan = {}): Outcome => new Driver(seed, plan).run()

const patience = { steps: 60_000, quietSteps: 400_000, passes: 1500 }

class Driver {
  private readonly world: Simulation
  private readonly scenario: Scenario
  private readonly disk: SimDisk
  private readonly store: StoreOf
  private readonly program: Program
  private readonly watch: Watch
  private readonly seed: number
  private readonly plan: Plan
  private current: SimProcess | undefined = undefined
  private stopCurrent: () => void = () => {}
  private nextFault = Infinity
  private faultsLeft: number
  private isQuiet = false
  private crashed = false
  private starts = 0

  constructor(seed: number, plan: Plan) {
    this.seed = seed
    this.plan = plan
    const drawn = new Chance(seed)
    this.scenario = plan.scenario ?? scenarioOf(drawn)
    const events = eventsOf(drawn, this.scenario)
    this.world = new Simulation(seed, { yieldChance: this.scenario.yieldChance })
    this.disk = new SimDisk(this.world, (process) => this.world.isAlive(process))
    this.store = storesOf(this.disk, this.scenario)
    this.program = programOf(this.world, this.scenario, events)
    this.watch = new Watch(this.scenario, events)
    this.faultsLeft = plan.crashes === undefined ? this.scenario.crashes : 0
    this.connect()
    this.draw()
  }

  run(): Outcome {
    let violation: Violation | undefined
    try {
      this.drive()
      checkEnd({
        scenario: this.scenario,
        batches: this.watch.compositions(),
        sources: this.program.sources,
        sinks: this.program.sinks,
        // A run whose journal failed begins anew by itself.
        crashed: this.crashed || this.watch.epochs.size > this.starts
      })
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      violation = error
    }
    const { scenario, seed, starts, world } = this
    return { seed, scenario, violation, world, starts, batches: this.watch.fixed.size }
  }

  private drive(): void {
    for (let steps = 0;; steps++) {
      if (this.watch.violation !== undefined) throw this.watch.violation
      const { current } = this
      if (current === undefined || !current.isAlive) {
        if (current?.exit !== undefined) this.ended(current.exit)
        if (current?.exit?._tag === "Success" && this.program.sources.every(({ isDone }) => isDone)) break
        this.start()
      } else if (!this.world.step()) this.stuck()
      if (!this.isQuiet && (steps > patience.steps || this.world.passed > patience.passes)) this.quieten()
      if (steps > patience.quietSteps) throw new Violation("I16", `nothing ends after ${steps} steps`)
    }
    this.quieten()
    // What is still on its way arrives.
    this.world.run(() => this.watch.violation !== undefined, patience.steps)
    if (this.watch.violation !== undefined) throw this.watch.violation
  }

  private start(): void {
    if (this.isQuiet && this.starts > 60) throw new Violation("I16", `the pipeline was started ${this.starts} times in vain`)
    this.starts++
    const { program, watch, world } = this
    const process = world.spawn()
    this.current = process
    const stop = Effect.callback<void>((resume) => {
      this.stopCurrent = () => process.ready(() => resume(Effect.void))
    })
    process.run(Effect.raceFirst(Pipeline.run(program.pipeline), Effect.andThen(stop, Effect.never)).pipe(
      Effect.provideServiceEffect(
        CheckpointStore.CheckpointStore,
        Effect.map(this.store(process), (store) => watch.over(process, store))
      ),
      Effect.scoped,
      Effect.provideService(StateStore, noStateStore),
      Effect.provideService(References.MinimumLogLevel, "All"),
      Effect.provideService(Logger.CurrentLoggers, new Set([this.logger]))
    ) as Effect.Effect<void, unknown>)
    const place = this.plan.crashes?.[this.starts - 1]
    if (place === undefined) return
    const first = world.passed
    world.onPass = (who) => {
      if (who === process && world.passed - first === place.after) this.crash(place.by)
    }
  }

  private readonly logger = Logger.make(({ message }) => {
    const text = String(message)
    if (text.includes(secret)) this.watch.violation ??= new Violation("I20", `a log line holds a secret: ${text}`)
    this.world.note(text, this.current)
  })

  /** An end that is no end of the pipeline: only those that the faults explain are allowed. */
  private ended(exit: Exit.Exit<unknown, unknown>): void {
    if (exit._tag === "Success") return
    this.crashed = true
    const text = Cause.pretty(exit.cause)
    this.world.note(text, this.current)
    if (text.includes(secret)) throw new Violation("I20", `an error holds a secret: ${text}`)
    for (const reason of exit.cause.reasons) {
      if (reason._tag === "Die") throw new Violation("defect", text)
      if (reason._tag === "Fail") this.allowed(reason.error)
    }
  }

  private allowed(error: unknown): void {
    if (!(error instanceof PipelineError)) throw new Violation("defect", String(error))
    const { reason } = error
    if (reason._tag === "InvalidPipeline" || reason._tag === "StepFailed") throw new Violation("defect", error.message)
    if (reason._tag !== "CheckpointFailed") return
    const kind = reason.error.reason._tag
    const { faults } = this.scenario
    // A run that tries again, and was taken over meanwhile, shuts nobody out.
    const isExplained = kind === "Fenced" || kind === "CheckpointInUse" || kind === "JournalFailed" || kind === "StoreFailed" ||
      kind === "InputGone" && faults.sourceUnwell ||
      // Every snapshot is looked for where one cannot be read.
      kind === "SnapshotCorrupt" && faults.diskFails
    if (!isExplained) throw new Violation("I12", error.message)
  }

  /** Nobody can go on: somebody waits for an answer that never comes. */
  private stuck(): void {
    const paused = this.world.processes.filter(({ state }) => state === "paused")
    for (const process of paused) process.resume()
    if (paused.length > 0) return
    if (this.isQuiet && this.scenario.faults.sink.length === 0) throw new Violation("I16", "the pipeline waits for nothing")
    this.world.note("is killed, since it waits for nothing", this.current)
    this.crashed = true
    this.current?.kill()
  }

  private draw(): void {
    const { chance } = this.world
    this.nextFault = this.faultsLeft > 0 ? this.world.passed + 1 + chance.int(2 ** chance.between(2, 9)) : Infinity
  }

  /** Connects faults and watch to everything that is around the processes. */
  private connect(): void {
    const { disk, program, scenario, watch, world } = this
    const { faults } = scenario
    const { chance } = world
    world.onPass = () => {
      if (world.passed < this.nextFault) return
      this.faultsLeft--
      this.draw()
      this.strike()
    }
    world.latency = () => faults.slow && !this.isQuiet && chance.is(0.2) ? chance.int(2 * scenario.intervalMillis) : 0
    const often = (probability: number, isOn: boolean) => () => isOn && !this.isQuiet && chance.is(probability)
    disk.fault = (operation) => {
      if (this.isQuiet) return undefined
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

  private strike(): void {
    const { faults } = this.scenario
    const { chance } = this.world
    const kinds: Array<() => void> = []
    if (faults.kill) kinds.push(() => this.crash("kill"))
    if (faults.power) kinds.push(() => this.crash("power"))
    if (faults.zombie) kinds.push(() => this.takeOver())
    if (faults.stop) kinds.push(() => this.stop())
    if (faults.clock) kinds.push(() => this.stepClock())
    kinds[chance.int(kinds.length)]?.()
  }

  /** Forwards not far: windows make up for every boundary that was missed. */
  private stepClock(): void {
    const { chance, clock } = this.world
    const isForwards = chance.is(0.5)
    const millis = isForwards ? chance.int(8) * this.scenario.intervalMillis : -chance.int(20_000)
    this.world.note(`the wall clock is set by ${millis} ms`)
    if (isForwards && chance.is(0.3)) clock.suspend(millis)
    else clock.step(millis)
  }

  private stop(): void {
    this.world.note("is stopped", this.current)
    this.stopCurrent()
  }

  private crash(by: "kill" | "power"): void {
    this.crashed = true
    this.world.note(by, this.current)
    if (by === "kill") return this.current?.kill()
    this.world.reboot()
    this.disk.losePower()
  }

  /** The owner is stopped where it stands, or goes on; another one begins; the first one goes on later. */
  private takeOver(): void {
    const { chance, clock } = this.world
    const old = this.current
    if (old === undefined) return
    this.crashed = true
    this.world.note("is taken over", old)
    if (chance.is(0.7)) {
      old.pause()
      clock.in(chance.int(10 * this.scenario.intervalMillis), () => old.resume())
    }
    this.current = undefined
  }

  private quieten(): void {
    this.isQuiet = true
    this.nextFault = Infinity
    for (const process of this.world.processes) process.resume()
  }
}

/** What a failure is told by. */
export const report = ({ batches, scenario, seed, starts, violation, world }: Outcome): string =>
  [
    `Seed ${seed}: ${violation?.message ?? "all invariants held"}`,
    `${starts} starts, ${batches} batches, ${world.passed} operations; again: npm run simulate -- --seed ${seed}`,
    JSON.stringify(scenario, undefined, 1),
    traceText(world.trace.slice(-400))
  ].join("\n")
