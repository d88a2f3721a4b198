/**
 * Time that jumps to the next thing that is due. Wall clock and monotonic clock are two: the one may be set, the other
 * only goes on.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type { Clock } from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Chance } from "./Chance.ts"

interface Timer {
  readonly at: number
  readonly fire: () => void
}

/**
 * The clock of a simulated machine.
 *
 * @category models
 * @since 0.1.0
 */
export class SimClock {
  /** Milliseconds since the simulation began. */
  monotonicMillis = 0
  /** What the wall clock is ahead of it. */
  private wallAhead: number
  private readonly timers: Array<Timer> = []
  private readonly chance: Chance

  constructor(chance: Chance, startsAt = 1_700_000_000_000) {
    this.chance = chance
    this.wallAhead = startsAt
  }

  /** Milliseconds since 1970. */
  get wallMillis(): number {
    return Math.floor(this.wallAhead + this.monotonicMillis)
  }

  /** Sets the wall clock forwards, or backwards. Nobody's sleep is longer or shorter for it. */
  step(millis: number): void {
    this.wallAhead += millis
  }

  /** The machine sleeps: the wall clock has gone on, the monotonic one has not. */
  suspend(millis: number): void {
    this.step(Math.max(0, millis))
  }

  /** Runs something in so many milliseconds. Gives what calls it off. */
  in(millis: number, fire: () => void): () => void {
    const timer: Timer = { at: this.monotonicMillis + Math.max(0, millis), fire }
    this.timers.push(timer)
    return () => {
      const at = this.timers.indexOf(timer)
      if (at >= 0) this.timers.splice(at, 1)
    }
  }

  /** Goes to what is due next and runs it; chance decides between what is due at once. False: nothing is to come. */
  jump(): boolean {
    const { timers } = this
    let next = 0
    for (let i = 1; i < timers.length; i++) {
      const sooner = timers[i]!.at - timers[next]!.at
      if (sooner < 0 || sooner === 0 && this.chance.is(0.5)) next = i
    }
    const timer = timers[next]
    if (timer === undefined) return false
    timers.splice(next, 1)
    this.monotonicMillis = Math.max(this.monotonicMillis, timer.at)
    timer.fire()
    return true
  }

  /** When the next thing is due, on the monotonic clock. */
  get nextAt(): number | undefined {
    return this.timers.length === 0 ? undefined : Math.min(...this.timers.map((timer) => timer.at))
  }

  /** Effect's clock, for fibers whose sleeps end by way of `run`. */
  service(run: (task: () => void) => void): Clock {
    const nanos = (millis: number) => BigInt(Math.round(millis * 1000)) * 1000n
    const wall = () => nanos(this.wallMillis)
    const monotonic = () => nanos(this.monotonicMillis)
    return {
      currentTimeMillisUnsafe: () => this.wallMillis,
      currentTimeMillis: Effect.sync(() => this.wallMillis),
      currentTimeNanosUnsafe: wall,
      currentTimeNanos: Effect.sync(wall),
      monotonicTimeNanosUnsafe: monotonic,
      monotonicTimeNanos: Effect.sync(monotonic),
      sleep: (duration) => {
        const millis = Duration.toMillis(duration)
        return Effect.callback<void>((resume) => {
          if (millis === Infinity) return
          return Effect.sync(this.in(millis, () => run(() => resume(Effect.void))))
        })
      }
    }
  }
}
