import * as BatchTime from "../batch/BatchTime.ts"
import type * as Clock from "effect/Clock"

/** A wall clock further behind than this was set back; nearer, it is only being slewed. */
const slewMillis = 1000

/** A boundary that a batch is cut at. */
export interface Boundary {
  readonly time: BatchTime.BatchTime
  /** Boundaries before it that no batch was cut at. */
  readonly missed: number
  /** When the batch was due, on the monotonic clock, in milliseconds. */
  readonly dueAt: number
}

/**
 * Where the run stands between interval boundaries. Follows the wall clock, but never backwards: while the wall clock
 * is behind because it was set back, time goes on as the monotonic clock says.
 */
export class Boundaries {
  readonly intervalMillis: number
  /** Wall time at the start. */
  readonly startedAt: number
  private readonly clock: Clock.Clock
  private wall: number
  private monotonic: number
  /** The first boundary that no batch has had. */
  due: BatchTime.BatchTime
  /** The first boundary of this run. */
  first: BatchTime.BatchTime
  private startedMonotonic: number

  constructor(intervalMillis: number, clock: Clock.Clock) {
    this.intervalMillis = intervalMillis
    this.clock = clock
    this.startedAt = this.wall = clock.currentTimeMillisUnsafe()
    this.monotonic = this.startedMonotonic = this.monotonicMillis()
    this.due = this.first = BatchTime.after(this.wall, intervalMillis)
  }

  /**
   * Goes on after a batch of an earlier run: boundaries since then count as missed, which lets windows speak that were
   * due meanwhile. Where the clock was set back since, time goes on from that batch.
   */
  resumeAfter(time: BatchTime.BatchTime): void {
    this.due = BatchTime.after(time, this.intervalMillis)
    this.catchUp(time)
  }

  /** Begins after a time that a sink knows, where that has not passed. Boundaries before it are not missed. */
  startAfter(time: BatchTime.BatchTime): void {
    if (time < this.due) return
    this.due = BatchTime.after(time, this.intervalMillis)
    this.catchUp(time)
  }

  /**
   * A drain gives its last batch the next boundary, which then passes by itself. Only a time further ahead is followed,
   * by whole intervals, so that boundaries stay where they are on the wall clock.
   */
  private catchUp(time: BatchTime.BatchTime): void {
    if (time <= this.wall) return
    this.first = this.due
    const ahead = Math.ceil((time - this.wall) / this.intervalMillis) - 1
    this.wall += ahead * this.intervalMillis
  }

  /** From here on a batch can be late: what it took to get ready is no delay of the first one. */
  ready(): void {
    this.startedMonotonic = this.monotonicMillis()
  }

  monotonicMillis(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / 1e6
  }

  /** Wall time in milliseconds. */
  now(): number {
    const monotonic = this.monotonicMillis()
    const expected = this.wall + (monotonic - this.monotonic)
    const wall = this.clock.currentTimeMillisUnsafe()
    if (wall < expected - slewMillis) return expected
    this.wall = wall
    this.monotonic = monotonic
    return wall
  }

  /** Milliseconds until the next batch is due; zero or less when it is. */
  untilDue(): number {
    return this.due - this.now()
  }

  /** The boundary that a batch cut now belongs to: the newest one that has passed, or, when it is cut early, the next. */
  next(): BatchTime.BatchTime {
    return Math.max(this.due, BatchTime.floor(this.now(), this.intervalMillis))
  }

  /** Gives a boundary to a batch. Those before it that no batch had are counted and given up. */
  take(time: BatchTime.BatchTime): Boundary {
    const now = this.now()
    const missed = Math.round((time - this.due) / this.intervalMillis)
    const dueAt = Math.max(this.startedMonotonic, this.monotonicMillis() - Math.max(0, now - this.due))
    this.due = time + this.intervalMillis
    return { time, missed, dueAt }
  }
}
