import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** A debt shorter than this is not slept off at once: a timer cannot be set that finely. */
const slackMillis = 2

/** Time that may be saved up, so that a timer that wakes late does not lower the mean. */
const creditMillis = 25

/** A sleeping receiver looks again after this long, because its rate may have been raised meanwhile. */
const longestSleepMillis = 100

/**
 * Holds one receiver to its rate: a block is let through at once and must be paid off, at `rate` records per second,
 * before the next one. So any block size works and the mean is exact.
 */
export class Pacer {
  private rate: number
  private debt = 0
  private settledAt: number
  private readonly clock: Clock.Clock

  constructor(rate: number, clock: Clock.Clock) {
    this.rate = rate
    this.clock = clock
    this.settledAt = this.now()
  }

  get recordsPerSecond(): number {
    return this.rate
  }

  setRate(rate: number): void {
    if (rate === this.rate) return
    this.settle()
    this.rate = rate
  }

  took(records: number): void {
    if (this.rate === Infinity) return
    this.settle()
    this.debt += records
  }

  /** Waits until what was taken is paid off. */
  readonly ready: Effect.Effect<void> = Effect.suspend(() => {
    const wait = this.waitMillis()
    if (wait <= slackMillis) return Effect.void
    return Effect.andThen(
      this.clock.sleep(Duration.millis(Math.ceil(Math.min(wait, longestSleepMillis)))),
      () => this.ready
    )
  })

  private waitMillis(): number {
    if (this.rate === Infinity) return 0
    this.settle()
    return this.debt / this.rate * 1000
  }

  private settle(): void {
    const now = this.now()
    const paid = this.debt - (now - this.settledAt) * this.rate / 1000
    this.debt = this.rate === Infinity ? 0 : Math.max(-creditMillis * this.rate / 1000, paid)
    this.settledAt = now
  }

  private now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / 1e6
  }
}
