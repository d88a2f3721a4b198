/** What windows that overlap have in common: a value is added to one pane, and each window is combined from its panes. */
import type { AnyFunction } from "./Step.ts"

/** Stands for the value of what was not there. */
export const nothing = Symbol()

/** All that one key has from `start` to where the next window begins or ends. */
export class EventPane {
  readonly start: number
  value: unknown
  /** The batch that changed it last, and what it was before that. */
  touchedBy = -1
  before: unknown = nothing

  constructor(start: number, value: unknown) {
    this.start = start
    this.value = value
  }
}

/** The place of the first pane at or after a time. Panes are by start; nearly always one of the last is asked for. */
export const paneFrom = (panes: ReadonlyArray<EventPane>, time: number): number => {
  let low = 0
  let high = panes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (panes[middle]!.start < time) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Combines the panes of windows that come in order, with about three calls per pane however many windows it is in: two
 * stacks, as for windows over batches. Has to be forgotten where a pane changes that it has seen.
 */
export class PaneFold {
  /** Windows up to here were combined. */
  to = -Infinity
  private from = -Infinity
  /** Starts of panes, and each with all after it up to the last flip; the oldest last. */
  private starts: Array<number> = []
  private front: Array<unknown> = []
  /** Of all panes since the flip: the start of the first, and all combined. */
  private backStart = Infinity
  private back: unknown = nothing

  forget(): void {
    this.to = -Infinity
  }

  /** `nothing` where the window has no panes. */
  value(panes: ReadonlyArray<EventPane>, start: number, end: number, merge: AnyFunction): unknown {
    if (this.to === -Infinity || start < this.from || end < this.to) {
      this.starts = []
      this.front = []
      this.empty()
      this.to = start
    }
    this.from = start
    const { front, starts } = this
    while (starts.length > 0 && starts[starts.length - 1]! < start) {
      starts.pop()
      front.pop()
    }
    if (this.backStart < start) this.flip(panes, start, merge)
    for (let i = paneFrom(panes, Math.max(this.to, start)); i < panes.length; i++) {
      const pane = panes[i]!
      if (pane.start >= end) break
      if (this.back === nothing) this.backStart = pane.start
      this.back = this.back === nothing ? pane.value : merge(this.back, pane.value)
    }
    this.to = end
    if (front.length === 0) return this.back
    const oldest = front[front.length - 1]
    return this.back === nothing ? oldest : merge(oldest, this.back)
  }

  /** Only when the front is empty: what came after the last flip begins before this window. */
  private flip(panes: ReadonlyArray<EventPane>, start: number, merge: AnyFunction): void {
    const { front, starts } = this
    let total: unknown = nothing
    const from = paneFrom(panes, start)
    for (let i = paneFrom(panes, this.to) - 1; i >= from; i--) {
      const { start, value } = panes[i]!
      total = total === nothing ? value : merge(value, total)
      starts.push(start)
      front.push(total)
    }
    this.empty()
  }

  private empty(): void {
    this.backStart = Infinity
    this.back = nothing
  }
}
