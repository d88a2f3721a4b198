/**
 * A process that can be killed, stopped and continued while the world goes on.
 *
 * @stability unstable
 * @since 0.1.0
 */
import { Clock } from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { Random } from "effect/Random"
import type { Owner } from "../../store/CheckpointError.ts"
import type { Chance } from "./Chance.ts"
import { SeededScheduler } from "./SeededScheduler.ts"
import type { SimClock } from "./SimClock.ts"

/**
 * What is around a process.
 *
 * @category models
 * @since 0.1.0
 */
export interface World {
  readonly chance: Chance
  readonly clock: SimClock
  readonly yieldChance: number
  /** Told before and after everything a process does to the world: the moments at which it may be killed. */
  readonly pass: (process: SimProcess, what: string) => void
  /** How many milliseconds it takes. */
  readonly latency: (what: string) => number
  /** Runs something outside of all processes, soon. */
  readonly soon: (task: () => void) => void
}

/**
 * The process that the current fiber belongs to.
 *
 * @category references
 * @since 0.1.0
 */
export const CurrentProcess = Context.Reference<SimProcess | undefined>(
  "~@millrace/core/testing/simulation/CurrentProcess",
  { defaultValue: () => undefined }
)

/**
 * One process of a simulation, and the fibers in it.
 *
 * @category models
 * @since 0.1.0
 */
export class SimProcess {
  readonly owner: Owner
  readonly scheduler: SeededScheduler
  readonly world: World
  /** How what it runs has ended, once it has. A process that was killed has none. */
  exit: Exit.Exit<unknown, unknown> | undefined = undefined
  state: "running" | "paused" | "dead" = "running"

  constructor(world: World, owner: Owner) {
    this.world = world
    this.owner = owner
    this.scheduler = new SeededScheduler(world.chance, { yieldChance: world.yieldChance })
  }

  get isDead(): boolean {
    return this.state === "dead"
  }

  /** Whether it was neither killed nor has ended. */
  get isAlive(): boolean {
    return this.state !== "dead" && this.exit === undefined
  }

  run<A, E>(effect: Effect.Effect<A, E>): void {
    const clock = this.world.clock.service((task) => this.ready(task))
    const { chance } = this.world
    const random: Random = {
      nextDoubleUnsafe: () => chance.next(),
      nextIntUnsafe: () => chance.between(-2_147_483_648, 2_147_483_647)
    }
    const whole = effect.pipe(
      Effect.provideService(Clock, clock),
      Effect.provideService(Random, random),
      Effect.provideService(CurrentProcess, this)
    )
    this.ready(() => {
      Effect.runFork(whole, { scheduler: this.scheduler }).addObserver((exit) => {
        this.exit = exit
      })
    })
  }

  /** Not one more step: no fiber of it goes on, no finalizer runs. What it asked of others may still happen. */
  kill(): void {
    this.state = "dead"
    this.scheduler.close()
  }

  /** As SIGSTOP does, or a virtual machine that is moved: it knows nothing of the time that passes. */
  pause(): void {
    if (this.state === "running") this.state = "paused"
  }

  resume(): void {
    if (this.state === "paused") this.state = "running"
  }

  /** Runs something in this process when it is its turn; never, if it is killed before. */
  ready(task: () => void): void {
    this.scheduler.schedule(task)
  }

  /**
   * Something that the process does to its own machine: nothing happens once it is dead. Where it was killed on the
   * way in, `cut` may leave a part of it done.
   */
  call<A, E>(what: string, act: () => Effect.Effect<A, E>, cut?: () => void): Effect.Effect<A, E> {
    return Effect.callback((resume) => {
      const happen = () => {
        if (this.isDead) return
        this.world.pass(this, what)
        if (this.isDead) return cut?.()
        const outcome = act()
        this.world.pass(this, `${what} done`)
        this.ready(() => resume(outcome))
      }
      const millis = this.world.latency(what)
      if (millis > 0) this.world.clock.in(millis, () => this.ready(happen))
      else happen()
    })
  }

  /**
   * Something that the process asks of somebody else: it happens once it was sent, whatever becomes of the process.
   * Without an answer the fiber waits for ever.
   */
  ask<A, E>(
    what: string,
    act: () => Effect.Effect<A, E>,
    way?: { readonly thereMillis: number; readonly backMillis: number }
  ): Effect.Effect<A, E> {
    return Effect.callback((resume) => {
      this.world.pass(this, what)
      if (this.isDead) return
      const arrive = () => {
        const outcome = act()
        if (way?.backMillis === Infinity) return
        after(this.world, way?.backMillis ?? this.world.latency(what), () =>
          this.ready(() => {
            this.world.pass(this, `${what} answered`)
            resume(outcome)
          }))
      }
      after(this.world, way?.thereMillis ?? this.world.latency(what), arrive)
    })
  }
}

/** Of an endless time nothing comes. */
const after = (world: World, millis: number, task: () => void): void => {
  if (millis === 0) world.soon(task)
  else if (millis < Infinity) world.clock.in(millis, task)
}
