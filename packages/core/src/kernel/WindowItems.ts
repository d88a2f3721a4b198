/** Windows that keep items as they are. */
import { deltaOf, type Delta, type Memory, type MemoryBatch, type MemoryPlan } from "./Memory.ts"
import type { Json } from "./windowJson.ts"
import { gridOf, type PaneGrid } from "./Panes.ts"

interface Batch {
  readonly time: number
  readonly items: ReadonlyArray<unknown>
}

/** The items of the last batches, oldest first. Only emission costs more than the batch: it copies the window. */
export class WindowItems implements Memory {
  private readonly grid: PaneGrid
  private readonly windowMillis: number
  private readonly json: Json
  private batches: ReadonlyArray<Batch> = []
  private items: Array<unknown> = []
  private time = 0
  private emits = false
  private isOpen = false

  constructor(plan: MemoryPlan, json: Json) {
    this.grid = gridOf(plan, false)
    this.windowMillis = plan.windowMillis
    this.json = json
  }

  begin({ emits, time }: MemoryBatch): void {
    this.isOpen = true
    this.time = time
    this.emits = emits
    this.items = []
  }

  add(item: unknown): void {
    this.items.push(item)
  }

  finish(): ReadonlyArray<unknown> {
    if (!this.emits) return []
    const out: Array<unknown> = []
    for (const { items, time } of this.batches) {
      if (!this.isLeaving(time)) for (let i = 0; i < items.length; i++) out.push(items[i])
    }
    for (let i = 0; i < this.items.length; i++) out.push(this.items[i])
    return out
  }

  private isLeaving(time: number): boolean {
    return this.emits && time <= this.time - this.windowMillis
  }

  /** Whether the batch has something that a window will cover. */
  private get isKept(): boolean {
    return this.items.length > 0 && this.grid.isCovered(this.time)
  }

  delta(): Delta {
    const removed = this.batches.filter(({ time }) => this.isLeaving(time)).map(({ time }) => time)
    return this.write(this.isKept ? [{ time: this.time, items: this.items }] : [], removed)
  }

  commit(): void {
    if (!this.isOpen) return
    const staying = this.emits ? this.batches.filter(({ time }) => !this.isLeaving(time)) : this.batches
    this.batches = this.isKept ? [...staying, { time: this.time, items: this.items }] : staying
    this.rollback()
  }

  rollback(): void {
    this.isOpen = false
    this.emits = false
    this.items = []
  }

  snapshot(): Delta {
    return this.write(this.batches, [])
  }

  private write(batches: ReadonlyArray<Batch>, removed: ReadonlyArray<number>): Delta {
    return deltaOf(new Map(batches.map(({ items, time }) => [time, items.map(this.json.encode)])), removed)
  }

  restore({ names, removed, values }: Delta): void {
    const batches = this.batches.filter(({ time }) => !removed.includes(time))
    names.forEach((time, index) => {
      const items = values[index]
      if (typeof time === "number" && Array.isArray(items)) batches.push({ time, items: items.map(this.json.decode) })
    })
    this.batches = batches
  }
}
