/** Time cut into panes: the pieces that windows are put together from. */
import type { MemoryPlan } from "./Memory.ts"
import type { Held } from "./Pile.ts"

/**
 * How a window lies on time: pane `n` covers `(n - 1, n]` times `paneMillis`, and windows begin and end where panes do.
 */
export interface PaneGrid {
  readonly paneMillis: number
  /** Panes in a window. */
  readonly panes: number
  readonly number: (time: number) => number
  readonly isEnd: (time: number) => boolean
  /** False in the gaps that a slide longer than the window leaves. */
  readonly isCovered: (time: number) => boolean
}

/**
 * `coarse` takes panes as long as the durations allow, so that fewer are kept and combined; else a pane holds one batch
 * of the parent.
 */
export const gridOf = ({ parentSlideMillis, slideMillis, windowMillis }: MemoryPlan, coarse: boolean): PaneGrid => {
  const paneMillis = coarse ? commonDivisor(windowMillis, slideMillis) : parentSlideMillis
  return {
    paneMillis,
    panes: windowMillis / paneMillis,
    number: (time) => Math.ceil(time / paneMillis),
    isEnd: (time) => time % paneMillis === 0,
    isCovered: (time) => time > Math.ceil(time / slideMillis) * slideMillis - windowMillis
  }
}

const commonDivisor = (a: number, b: number): number => b === 0 ? a : commonDivisor(b, a % b)

/** The keys that came in one pane, in the order in which they came; their values are at the keys. */
export interface Pane {
  readonly number: number
  readonly held: Array<Held>
  /** Batch times under which something of it is written down. */
  readonly times: Array<number>
  /** From how many of them eviction has taken their values, in this batch. */
  gone: number
}

export const newPane = (number: number): Pane => ({ number, held: [], times: [], gone: 0 })

/** A pane with its values. */
export interface FullPane {
  readonly pane: Pane
  readonly values: ReadonlyArray<unknown>
}

/** First in, first out, without moving what is inside. */
export class PaneQueue {
  private panes: Array<Pane> = []
  private head = 0

  first(): Pane | undefined {
    return this.panes[this.head]
  }

  push(pane: Pane): void {
    this.panes.push(pane)
  }

  shift(): void {
    this.head++
    if (this.head > 16 && this.head * 2 > this.panes.length) {
      this.panes = this.panes.slice(this.head)
      this.head = 0
    }
  }

  all(): ReadonlyArray<Pane> {
    return this.panes.slice(this.head)
  }

  /** The keys of all panes with a higher number. */
  heldAfter(number: number): Set<Held> {
    const keys = new Set<Held>()
    for (let i = this.panes.length - 1; i >= this.head && this.panes[i]!.number > number; i--) {
      for (const held of this.panes[i]!.held) keys.add(held)
    }
    return keys
  }
}

/**
 * The values of panes, oldest first, read off the keys: a key's panes are in the order of its values. What eviction
 * took in this batch is still there, before the head.
 */
export const fullPanes = (panes: ReadonlyArray<Pane>): ReadonlyArray<FullPane> => {
  const next = new Map<Held, number>()
  for (const { gone, held } of panes) {
    for (let i = 0; i < gone; i++) next.set(held[i]!, (next.get(held[i]!) ?? held[i]!.head) - 1)
  }
  return panes.map((pane) => ({
    pane,
    values: pane.held.map((held) => {
      const at = next.get(held) ?? held.head
      next.set(held, at + 1)
      return held.values[at]
    })
  }))
}
