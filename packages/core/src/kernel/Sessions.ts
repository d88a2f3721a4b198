/** Windows that last as long as records keep coming. */
import type { Cell, Track } from "./EventCell.ts"
import type { EventCombine } from "./EventCombine.ts"
import type { EventSchedule, Placing } from "./EventSchedule.ts"

/**
 * The sessions of a key do not overlap; those that a record reaches become one. What is closed is taken out when its
 * key comes again or the batch ends, whichever is first: records cannot tell.
 */
export class Sessions implements Placing {
  private readonly gapMillis: number
  private readonly combine: EventCombine
  private readonly schedule: EventSchedule

  constructor(gapMillis: number, combine: EventCombine, schedule: EventSchedule) {
    this.gapMillis = gapMillis
    this.combine = combine
    this.schedule = schedule
  }

  add(track: Track, start: number, value: unknown): boolean {
    const { combine, schedule } = this
    const { closedBefore } = schedule
    const end = start + this.gapMillis
    let last = track.newest
    // Nearly always: it goes on.
    if (last !== undefined && last.start <= start && start < last.end && last.end > closedBefore) {
      const added: unknown = combine.add(last.value, value, start)
      schedule.change(last, last.end > end ? last.end : end)
      if (end > last.end) last.end = end
      last.value = added
      return true
    }
    for (let first = track.oldest; first !== undefined && first.end <= closedBefore; first = track.oldest) {
      schedule.take(first)
    }
    last = track.newest
    while (last !== undefined && last.start >= end) last = last.older
    if (last === undefined || last.end <= start) {
      if (end <= closedBefore) return false
      schedule.open(this, track, last, start, end, combine.first(value, start))
      return true
    }
    this.join(last, start, end, value)
    return true
  }

  valueOf({ value }: Cell): unknown {
    return value
  }

  /** From the last that the record reaches to the first, which stays. */
  private join(last: Cell, start: number, end: number, value: unknown): void {
    const { combine, schedule } = this
    let first = last
    while (first.older !== undefined && first.older.end > start) first = first.older
    let merged: unknown = combine.add(first.value, value, start)
    let told = first.told
    let to = Math.max(first.end, end)
    let next = first === last ? undefined : first.newer
    while (next !== undefined) {
      const other = next
      next = other === last ? undefined : other.newer
      merged = combine.merge(merged, other.value)
      to = Math.max(to, other.end)
      told = told.concat(other.told)
      schedule.cells.remove(other)
    }
    schedule.change(first, to)
    first.start = Math.min(first.start, start)
    first.end = to
    first.value = merged
    first.told = told
  }
}
