import type * as Clock from "effect/Clock"
import type { Settings } from "../plan/Settings.ts"

/** What a slot holds: arrays that together, in order, are the batch. */
export type Segments = ReadonlyArray<ReadonlyArray<unknown>>

/** One per stage, written once per batch. Empty where the stage has no output at the batch's time. */
export type Slots = Array<Segments | undefined>

/** The items of a slot as one array. A slot of one segment is not copied, unless the array is to be frozen. */
export const flatten = (segments: Segments, { freezeBatches }: Settings): ReadonlyArray<unknown> => {
  if (freezeBatches) return Object.freeze(segments.flat())
  return segments.length === 1 ? segments[0] ?? [] : segments.flat()
}

/** Work that has held the thread this long lets timers, sockets and other fibers have it before it goes on. */
const longestMillis = 10

/** How long the current work has held the thread. */
export class Turn {
  private startedAt: number
  private readonly clock: Clock.Clock

  constructor(clock: Clock.Clock, startedAt: number) {
    this.clock = clock
    this.startedAt = startedAt
  }

  /** Monotonic milliseconds. */
  now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / 1e6
  }

  isOver(now: number): boolean {
    return now - this.startedAt > longestMillis
  }

  restart(): void {
    this.startedAt = this.now()
  }
}
