import type { Fiber, Scheduler } from "effect"

/**
 * Takes tasks in an order, and yields at moments, that a seed decides, so that every seed is another interleaving of
 * the same fibers. Priorities are not kept: code that needs them to be right would be wrong.
 */
export class SeededScheduler implements Scheduler.Scheduler {
  readonly executionMode = "async"
  private state: number
  private readonly yieldChance: number

  constructor(seed: number, yieldChance = 0.2) {
    this.state = Math.imul(seed, 2654435761) + 1
    this.yieldChance = yieldChance
  }

  private random(): number {
    this.state = this.state + 0x6d2b79f5 | 0
    const a = Math.imul(this.state ^ this.state >>> 15, this.state | 1)
    const b = a ^ a + Math.imul(a ^ a >>> 7, a | 61)
    return ((b ^ b >>> 14) >>> 0) / 4294967296
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    return fiber.currentOpCount > 1 && this.random() < this.yieldChance
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    const tasks: Array<() => void> = []
    let running = false
    const drain = () => {
      running = false
      while (tasks.length > 0) {
        tasks.splice(Math.floor(this.random() * tasks.length), 1)[0]?.()
        if (this.random() < 0.1) break
      }
      if (tasks.length > 0) wake()
    }
    const wake = () => {
      if (running) return
      running = true
      setImmediate(drain)
    }
    return {
      scheduleTask: (task) => {
        tasks.push(task)
        wake()
      },
      flush: () => {
        while (tasks.length > 0) tasks.shift()?.()
      }
    }
  }
}
