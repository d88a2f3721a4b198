/** Windows of one length that do not overlap. */
import type { Cell, Track } from "./EventCell.ts"
import type { EventCombine } from "./EventCombine.ts"
import type { EventSchedule, Placing } from "./EventSchedule.ts"

/** The slide is as long as the window, or longer, which leaves gaps. */
export class SeparateEventWindows implements Placing {
  private readonly windowMillis: number
  private readonly slideMillis: number
  private readonly combine: EventCombine
  private readonly schedule: EventSchedule

  constructor(windowMillis: number, slideMillis: number, combine: EventCombine, schedule: EventSchedule) {
    this.windowMillis = windowMillis
    this.slideMillis = slideMillis
    this.combine = combine
    this.schedule = schedule
  }

  add(track: Track, timestamp: number, value: unknown): boolean {
    const { combine, schedule, slideMillis, windowMillis } = this
    const start = Math.floor(timestamp / slideMillis) * slideMillis
    const end = start + windowMillis
    if (end <= timestamp) return true
    if (end <= schedule.closedBefore) return false
    let cell = track.newest
    while (cell !== undefined && cell.start > start) cell = cell.older
    if (cell?.start === start) {
      const added: unknown = combine.add(cell.value, value, timestamp)
      schedule.change(cell, end)
      cell.value = added
    } else schedule.open(this, track, cell, start, end, combine.first(value, timestamp))
    return true
  }

  valueOf({ value }: Cell): unknown {
    return value
  }
}
