/**
 * Runs fibers in an order, and lets them yield at moments, that a seed decides: every seed is another interleaving.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type { Fiber } from "effect/Fiber"
import { MixedScheduler, type Scheduler, type SchedulerDispatcher } from "effect/Scheduler"
import { Chance } from "./Chance.ts"

/**
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** How likely a fiber yields before each of its operations. Defaults to 0.2. */
  readonly yieldChance?: number | undefined
}

/**
 * Keeps what is ready to run until somebody calls `runOne`. Priorities are not kept: code that needs them to be right
 * would be wrong.
 *
 * @category models
 * @since 0.1.0
 */
export class SeededScheduler implements Scheduler {
  readonly executionMode = "async"
  private readonly chance: Chance
  private readonly yieldChance: number
  private tasks: Array<() => void> = []
  private isClosed = false
  /** Told when the first task gets ready. */
  protected wake: () => void = () => {}

  constructor(chance: Chance, options?: Options) {
    this.chance = chance
    this.yieldChance = options?.yieldChance ?? 0.2
  }

  /** One that runs by itself, on the event loop of the platform, for tests beside real promises and timers. */
  static onEventLoop(seed: number, options?: Options): SeededScheduler {
    const scheduler = new SeededScheduler(new Chance(seed), options)
    const loop = new MixedScheduler().makeDispatcher()
    let isAwake = false
    const drain = () => {
      isAwake = false
      while (scheduler.isReady) {
        scheduler.runOne()
        if (scheduler.chance.is(0.1)) break
      }
      if (scheduler.isReady) scheduler.wake()
    }
    scheduler.wake = () => {
      if (isAwake) return
      isAwake = true
      loop.scheduleTask(drain, 0)
    }
    return scheduler
  }

  get isReady(): boolean {
    return this.tasks.length > 0
  }

  get ready(): number {
    return this.tasks.length
  }

  schedule(task: () => void): void {
    if (this.isClosed) return
    this.tasks.push(task)
    if (this.tasks.length === 1) this.wake()
  }

  /** Runs one of the tasks that are ready, whichever chance says. */
  runOne(): void {
    const { tasks } = this
    const at = tasks.length === 1 ? 0 : this.chance.int(tasks.length)
    const task = tasks[at]
    const last = tasks.pop()
    if (at < tasks.length && last !== undefined) tasks[at] = last
    task?.()
  }

  /** Forgets what is ready and takes nothing more: fibers that wait will wait for ever. */
  close(): void {
    this.isClosed = true
    this.tasks = []
  }

  shouldYield(fiber: Fiber<unknown, unknown>): boolean {
    return fiber.currentOpCount > 1 && this.chance.is(this.yieldChance)
  }

  makeDispatcher(): SchedulerDispatcher {
    return {
      scheduleTask: (task) => this.schedule(task),
      flush: () => {
        while (this.isReady) this.runOne()
      }
    }
  }
}
