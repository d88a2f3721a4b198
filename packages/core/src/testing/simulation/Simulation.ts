/**
 * A world in which processes run, are killed, and time jumps: all of it decided by one number.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { Chance } from "./Chance.ts"
import { SeededScheduler } from "./SeededScheduler.ts"
import { SimClock } from "./SimClock.ts"
import { SimProcess, type World } from "./SimProcess.ts"

/**
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** How likely a fiber yields before each of its operations. Defaults to 0.05. */
  readonly yieldChance?: number | undefined
  /** How likely time goes on although somebody could run: computing takes time too. Defaults to 0.02. */
  readonly hasteChance?: number | undefined
}

/**
 * Something that happened: when, in which process (0: none), what.
 *
 * @category models
 * @since 0.1.0
 */
export type Traced = readonly [millis: number, process: number, what: string]

/**
 * A world. Nothing in it happens but by `step`, and nothing in it waits for the real one.
 *
 * ```ts import.meta.vitest
 * import { Simulation } from "@millrace/core/testing"
 * import { Effect } from "effect"
 *
 * const simulation = new Simulation(1)
 * const process = simulation.start(Effect.delay(Effect.succeed("done"), "1 hour"))
 * simulation.run(() => process.exit !== undefined)
 * simulation.clock.monotonicMillis // => 3_600_000
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class Simulation implements World {
  readonly seed: number
  readonly chance: Chance
  readonly clock: SimClock
  readonly yieldChance: number
  readonly processes: Array<SimProcess> = []
  readonly trace: Array<Traced> = []
  /** How often `pass` was told of something: numbers the moments at which a process may be killed. */
  passed = 0
  /** Called at each of them. */
  onPass: (process: SimProcess, what: string) => void = () => {}
  /** How many milliseconds an operation takes. Defaults to none. */
  latency: (what: string) => number = () => 0
  private readonly hasteChance: number
  private readonly outside: SeededScheduler
  private boots = 0

  constructor(seed: number, options?: Options) {
    this.seed = seed
    this.chance = new Chance(seed)
    this.clock = new SimClock(this.chance)
    this.yieldChance = options?.yieldChance ?? 0.05
    this.hasteChance = options?.hasteChance ?? 0.02
    this.outside = new SeededScheduler(this.chance)
  }

  /** Starts a process that runs an effect. */
  start<A, E>(effect: Effect.Effect<A, E>): SimProcess {
    const started = this.spawn()
    started.run(effect)
    return started
  }

  /** A process that runs nothing yet, for services that need to know theirs. */
  spawn(): SimProcess {
    const spawned = new SimProcess(this, {
      host: "simulated",
      process: this.processes.length + 1,
      boot: String(this.boots),
      startedAt: this.clock.wallMillis
    })
    this.processes.push(spawned)
    this.note("starts", spawned)
    return spawned
  }

  isAlive(number: number): boolean {
    return this.processes[number - 1]?.isAlive === true
  }

  /** Kills every process, as a loss of power does. What disks do then is theirs. */
  reboot(): void {
    this.boots++
    for (const each of this.processes) each.kill()
  }

  note(what: string, by?: SimProcess): void {
    this.trace.push([this.clock.monotonicMillis, by?.owner.process ?? 0, what])
  }

  /** Before and after each operation; for those who write services of their own. */
  pass(by: SimProcess, what: string): void {
    this.passed++
    this.note(what, by)
    this.onPass(by, what)
  }

  soon(task: () => void): void {
    this.outside.schedule(task)
  }

  /** Lets one task run, or time go on to what is due next. False: nothing will ever happen again. */
  step(): boolean {
    let ready = this.outside.ready
    for (const { scheduler, state } of this.processes) if (state === "running") ready += scheduler.ready
    if (ready === 0) return this.clock.jump()
    if (this.chance.is(this.hasteChance) && this.clock.jump()) return true
    let at = this.chance.int(ready) - this.outside.ready
    if (at < 0) {
      this.outside.runOne()
      return true
    }
    for (const { scheduler, state } of this.processes) {
      if (state !== "running") continue
      at -= scheduler.ready
      if (at >= 0) continue
      scheduler.runOne()
      return true
    }
    return true
  }

  /** Steps until something is so. `"Idle"`: it is not, and nothing more will happen; `"Late"`: not within these steps. */
  run(until: () => boolean, maxSteps = 1_000_000): "Done" | "Idle" | "Late" {
    for (let steps = 0; steps < maxSteps; steps++) {
      if (until()) return "Done"
      if (!this.step()) return "Idle"
    }
    return "Late"
  }
}

/**
 * What happened, a line each.
 *
 * @category formatting
 * @since 0.1.0
 */
export const traceText = (trace: ReadonlyArray<Traced>): string =>
  trace.map(([millis, process, what]) => `${String(millis).padStart(8)} ${process === 0 ? "  " : `p${process}`} ${what}`)
    .join("\n")
