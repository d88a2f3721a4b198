/** One seed: a pipeline, what goes wrong around it, its restarts, and whether all invariants held. */
import { CheckpointStore, DeadLetters, Pipeline, StateStore } from "@millrace/core"
import { Cause, Effect, type Exit, Logger, References } from "effect"
import { Chance } from "../../src/testing/simulation/Chance.ts"
import { SimDisk } from "../../src/testing/simulation/SimDisk.ts"
import type { SimProcess } from "../../src/testing/simulation/SimProcess.ts"
import { Simulation, traceText } from "../../src/testing/simulation/Simulation.ts"
import { connect, turnBit } from "./connect.ts"
import { mayStartAgain } from "./explained.ts"
import { type Letters, lettersInMemory } from "./letters.ts"
import { noStateStore, type Program, programOf } from "./program.ts"
import { eventsOf, type Scenario, scenarioOf, secret } from "./scenario.ts"
import { type StoreOf, storesOf } from "./stores.ts"
import { versions } from "./totals.ts"
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
  /** `refused`, `healed`: after damage, with an error that says so, or with what looked unfinished dropped. */
  readonly end: "whole" | "refused" | "healed"
  /** Ids of the events that were set aside. */
  readonly buried: ReadonlyArray<number>
}

/** Where a run is cut short, for those who go through all places instead of drawing them. */
export interface Plan {
  readonly scenario?: Scenario | undefined
  /** By number of process, 1 first: after how many operations of it, and how. */
  readonly crashes?: ReadonlyArray<{ readonly after: number; readonly by: "kill" | "power" }> | undefined
  /** A bit of the disk is turned over at a crash. */
  readonly damages?: boolean | undefined
  /** A later start may be of a later version of the program. */
  readonly migrates?: boolean | undefined
  /** The event that ends every process which looks at it. */
  readonly poison?: number | undefined
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
  private isRefused = false
  private version = 1
  private letters: Letters | undefined = undefined
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
    const { poison } = plan
    if (poison !== undefined) this.letters = lettersInMemory()
    this.program = programOf(this.world, this.scenario, events, poison === undefined ? undefined : {
      id: poison,
      strike: () => this.crash("kill")
    })
    this.watch = new Watch(this.scenario, events)
    this.faultsLeft = plan.crashes === undefined ? this.scenario.crashes : 0
    this.connect()
    this.draw()
  }

  run(): Outcome {
    let violation: Violation | undefined
    try {
      this.drive()
      if (this.end === "whole") checkEnd({
        scenario: this.scenario,
        batches: this.watch.compositions(),
        sources: this.program.sources,
        sinks: this.program.sinks,
        // A run whose journal failed begins anew by itself.
        crashed: this.crashed || this.watch.epochs.size > this.starts,
        buried: this.letters?.buried() ?? []
      })
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      violation = error
    }
    const { end, scenario, seed, starts, world } = this
    const buried = this.letters?.buried().map(({ id }) => id) ?? []
    return { seed, scenario, violation, world, starts, batches: this.watch.fixed.size, end, buried }
  }

  private get end(): Outcome["end"] {
    return this.isRefused ? "refused" : this.watch.isHealed ? "healed" : "whole"
  }

  private drive(): void {
    for (let steps = 0;; steps++) {
      if (this.watch.violation !== undefined) throw this.watch.violation
      if (this.watch.isHealed) return
      const { current } = this
      if (current === undefined || !current.isAlive) {
        if (current?.exit !== undefined) this.ended(current.exit)
        if (current?.exit?._tag === "Success" && this.program.sources.every(({ isDone }) => isDone)) break
        if (this.isRefused) return
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
    if (this.plan.migrates === true && this.starts > 1 && this.version < versions && world.chance.is(0.5)) this.version++
    process.run(Effect.raceFirst(Pipeline.run(program.pipeline(this.version)), Effect.andThen(stop, Effect.never)).pipe(
      Effect.provideServiceEffect(
        CheckpointStore.CheckpointStore,
        Effect.map(this.store(process), (store) => watch.over(process, store))
      ),
      Effect.scoped,
      this.letters === undefined ? (effect) => effect : Effect.provideService(DeadLetters.DeadLetters, this.letters.service),
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
      if (reason._tag !== "Fail") continue
      if (!mayStartAgain(reason.error, this.scenario.faults, this.watch.isDamaged)) this.isRefused = true
    }
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
    world.onPass = () => {
      if (world.passed < this.nextFault) return
      this.faultsLeft--
      this.draw()
      this.strike()
    }
    connect({ disk, program, scenario, watch, world, isQuiet: () => this.isQuiet })
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
    if (by === "kill") this.current?.kill()
    else {
      this.world.reboot()
      this.disk.losePower()
    }
    if (this.plan.damages === true && !this.watch.isDamaged && this.world.chance.is(0.6)) this.damage()
  }

  private damage(): void {
    const turned = turnBit(this.disk, this.world.chance)
    if (turned === undefined) return
    this.world.note(turned)
    this.watch.isDamaged = true
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
