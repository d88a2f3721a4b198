/** Windows of one length that overlap: what comes is added to a pane, and windows are combined from panes. */
import { type Cell, cellsOf, type Track } from "./EventCell.ts"
import type { ValueOf } from "./EventCells.ts"
import type { EventCombine } from "./EventCombine.ts"
import { EventPane, nothing, PaneFold, paneFrom } from "./EventPanes.ts"
import type { EventSchedule, Placing } from "./EventSchedule.ts"

/**
 * Time is cut where windows begin and where they end, so that a pane lies in a window or does not: one pane per slide
 * where the slide divides the window, else two. A window's own value is what was written down of it; what came since
 * is in the panes. A key's first value in a pane opens all windows of the pane that are not closed.
 */
export class SlidingEventWindows implements Placing {
  private readonly windowMillis: number
  private readonly slideMillis: number
  /** How long after a window has begun an older one ends; 0 where it is when the next begins. */
  private readonly cutMillis: number
  private readonly combine: EventCombine
  private readonly schedule: EventSchedule
  private batch = 0
  private touched: Array<readonly [EventPane, Track]> = []

  constructor(windowMillis: number, slideMillis: number, combine: EventCombine, schedule: EventSchedule) {
    this.windowMillis = windowMillis
    this.slideMillis = slideMillis
    this.cutMillis = windowMillis % slideMillis
    this.combine = combine
    this.schedule = schedule
  }

  add(track: Track, timestamp: number, value: unknown): boolean {
    const { combine, cutMillis, schedule, slideMillis, windowMillis } = this
    const newest = Math.floor(timestamp / slideMillis) * slideMillis
    if (newest + windowMillis <= schedule.closedBefore) return false
    const start = cutMillis > 0 && timestamp - newest >= cutMillis ? newest + cutMillis : newest
    const { panes } = track
    let at = panes.length - 1
    if (at >= 0 && panes[at]!.start !== start) at = paneFrom(panes, start)
    const pane = panes[at]
    if (pane?.start === start) {
      this.touch(pane, track)
      pane.value = combine.add(pane.value, value, timestamp)
    } else {
      const added = new EventPane(start, combine.first(value, timestamp))
      const place = paneFrom(panes, start)
      panes.splice(place, 0, added)
      this.touch(added, track)
      // Windows that reach further back are open, since the pane before this one has them.
      const before = place === 0 ? -Infinity : panes[place - 1]!.start
      this.open(track, newest, Math.max(before, timestamp - windowMillis))
    }
    if (track.fold !== undefined && track.fold.to > start) track.fold.forget()
    if (schedule.latenessMillis > 0) this.changeOld(track, timestamp)
    return true
  }

  valueOf(cell: Cell): unknown {
    return this.combined(cell, cell.track.fold ??= new PaneFold())
  }

  /** Also touches the windows that lie over what was added to, so that they are written down. */
  written(): ValueOf {
    for (const [{ start }, track] of this.touched) {
      for (const cell of cellsOf(track)) if (cell.start <= start && start < cell.end) this.schedule.cells.touch(cell)
    }
    const values = new Map<Cell, unknown>()
    return (cell) => {
      if (!values.has(cell)) {
        const fold = new PaneFold()
        for (const each of cellsOf(cell.track)) values.set(each, this.combined(each, fold))
      }
      return values.get(cell)
    }
  }

  begin(): void {
    this.batch++
  }

  /** Before the windows are committed. */
  commit(): void {
    for (const [pane] of this.touched) pane.before = nothing
    this.touched = []
    for (const { oldest, panes } of this.schedule.cells.changedTracks()) {
      if (oldest !== undefined) panes.splice(0, paneFrom(panes, oldest.start))
    }
  }

  rollback(): void {
    for (const [pane, { fold, panes }] of this.touched) {
      fold?.forget()
      if (pane.before === nothing) panes.splice(panes.indexOf(pane), 1)
      else pane.value = pane.before
      pane.before = nothing
    }
    this.touched = []
  }

  private touch(pane: EventPane, track: Track): void {
    if (pane.touchedBy === this.batch) return
    // Only a pane that was there before has been touched before.
    if (pane.touchedBy >= 0) pane.before = pane.value
    pane.touchedBy = this.batch
    this.touched.push([pane, track])
  }

  /** Those that begin after a time. */
  private open(track: Track, newest: number, after: number): void {
    const { schedule, slideMillis, windowMillis } = this
    const { closedBefore } = schedule
    let cell = track.newest
    for (let start = newest; start > after; start -= slideMillis) {
      if (start + windowMillis <= closedBefore) return
      while (cell !== undefined && cell.start > start) cell = cell.older
      if (cell?.start !== start) schedule.open(this, track, cell, start, start + windowMillis, nothing)
    }
  }

  /** Windows that have been told are told again; all others are to be told anyway. */
  private changeOld(track: Track, timestamp: number): void {
    const { schedule } = this
    const now = schedule.watermark.value
    for (let cell = track.oldest; cell !== undefined && cell.end <= now; cell = cell.newer) {
      if (cell.start <= timestamp && timestamp < cell.end) schedule.change(cell, cell.end)
    }
  }

  private combined({ end, start, track, value }: Cell, fold: PaneFold): unknown {
    const { merge } = this.combine
    const added = fold.value(track.panes, start, end, merge)
    if (value === nothing || added === nothing) return value === nothing ? added : value
    return merge(value, added)
  }
}
