/** Windows of event time: records are placed by their timestamps, and windows told when the watermark has passed them. */
import type { Primitive } from "../batch/Key.ts"
import { Deadlines } from "./Deadlines.ts"
import { type Bounds, type Cell, type EventCells, type Track } from "./EventCells.ts"
import type { Delta, Entry, Memory, MemoryBatch } from "./Memory.ts"
import type { AnyFunction } from "./Step.ts"
import type { Watermark } from "./Watermark.ts"

/** Where windows lie: at multiples of the slide, or as long as records keep coming. */
export type Placement =
  | { readonly _tag: "Fixed"; readonly windowMillis: number; readonly slideMillis: number }
  | { readonly _tag: "Session"; readonly gapMillis: number }

/** When records happened. */
export interface EventClock {
  readonly timestamp: AnyFunction
  readonly source: AnyFunction | undefined
  /** How far beyond its batch's time a record may lie. */
  readonly futureMillis: number
}

/** How the values of a window become one. All of them leave what they are given as it is. */
export interface EventCombine {
  /** Takes a value and its timestamp. */
  readonly first: AnyFunction
  /** Takes what there is, a value and its timestamp. */
  readonly add: AnyFunction
  readonly merge: AnyFunction
  /** What is told of it. */
  readonly result: AnyFunction
}

/** A record that is in no window. */
export interface LateRecord {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  /** It came after all its windows were closed, or lies too far in the future. */
  readonly reason: "late" | "future"
}

const onlySource = ""

/** The farthest that a `Date` goes. */
const mostMillis = 8.64e15

export class EventWindows implements Memory {
  readonly refused
  private readonly clock: EventClock
  private readonly combine: EventCombine
  private readonly placement: Placement
  private readonly latenessMillis: number
  private readonly watermark: Watermark
  private readonly cells: EventCells
  private readonly fires = new Deadlines<Cell>()
  private readonly closes = new Deadlines<Cell>()
  /** Windows that closed in this batch with something in them that was not told. */
  private due: Array<Cell> = []
  private late: Array<LateRecord> = []
  private latest = Infinity

  constructor(
    options: {
      /** The user's name for the operator. */
      readonly operator: string
      readonly clock: EventClock
      readonly combine: EventCombine
      readonly placement: Placement
      readonly latenessMillis: number
    },
    watermark: Watermark,
    cells: EventCells
  ) {
    this.refused = { operator: options.operator, late: 0, future: 0 }
    this.clock = options.clock
    this.combine = options.combine
    this.placement = options.placement
    this.latenessMillis = options.latenessMillis
    this.watermark = watermark
    this.cells = cells
  }

  begin({ time }: MemoryBatch): void {
    this.latest = time + this.clock.futureMillis
    this.watermark.begin(time)
    this.cells.begin()
  }

  /**
   * Windows close here, in the midst of a batch, where the records before this one have passed them: what is late does
   * not depend on where batches are cut.
   */
  add(key: unknown, value: unknown, name: Primitive): void {
    const { cells, clock, placement, watermark } = this
    const timestamp: unknown = clock.timestamp(value, key)
    if (typeof timestamp !== "number" || !(Math.abs(timestamp) <= mostMillis)) throw new TypeError(noTimestamp)
    if (timestamp > this.latest) return this.refuse(key, value, timestamp, "future")
    const source: unknown = clock.source === undefined ? onlySource : clock.source(value, key)
    if (watermark.see(timestamp, asSource(source))) this.close()
    const track = cells.find(name) ?? cells.newTrack(key, name)
    const isPlaced = placement._tag === "Session"
      ? this.addToSession(track, timestamp, timestamp + placement.gapMillis, value)
      : this.addToWindows(track, timestamp, placement, value)
    if (!isPlaced) this.refuse(track.key, value, timestamp, "late")
  }

  finish(): ReadonlyArray<unknown> {
    const { due, fires, watermark } = this
    watermark.finish()
    this.close()
    while (fires.next <= watermark.value) {
      const time = fires.next
      for (const cell of fires.shift()) {
        if (cell.firesAt !== time) continue
        cell.firesAt = NaN
        if (!cell.alive || !cell.changed) continue
        if (cell.end > watermark.value) this.fileFire(cell)
        else {
          this.cells.touch(cell)
          due.push(cell)
        }
      }
    }
    return due.sort(byEnd).map((cell) => this.tell(cell))
  }

  delta(): Delta {
    const cells = this.cells.delta()
    const watermark = this.watermark.delta()
    return { set: [...watermark.set, ...cells.set], removed: [...watermark.removed, ...cells.removed] }
  }

  commit(): void {
    this.watermark.commit()
    this.cells.commit()
    this.forget()
  }

  rollback(): void {
    this.watermark.rollback()
    for (const cell of this.cells.rollback()) this.file(cell)
    this.forget()
  }

  snapshot(): ReadonlyArray<Entry> {
    return [...this.watermark.snapshot(), ...this.cells.snapshot()]
  }

  restore(entries: ReadonlyArray<Entry>): void {
    this.watermark.restore(entries)
    this.cells.restore(entries)
    for (const cell of this.cells.all()) this.file(cell)
  }

  /** The records of this batch that are in no window. */
  recall(): ReadonlyArray<LateRecord> {
    return this.late
  }

  /** False where all windows that the record belongs to are closed. What lies between windows belongs to none. */
  private addToWindows(
    track: Track,
    timestamp: number,
    { slideMillis, windowMillis }: { readonly slideMillis: number; readonly windowMillis: number },
    value: unknown
  ): boolean {
    const newest = Math.floor(timestamp / slideMillis) * slideMillis
    const closedBefore = this.watermark.value - this.latenessMillis
    let at = track.cells.length
    let isPlaced = newest <= timestamp - windowMillis
    for (let start = newest; start > timestamp - windowMillis; start -= slideMillis) {
      if (start + windowMillis <= closedBefore) break
      isPlaced = true
      while (at > 0 && track.cells[at - 1]!.start > start) at--
      const cell = track.cells[at - 1]
      if (cell?.start === start) this.change(cell, cell, this.combine.add(cell.value, value, timestamp))
      else this.open(track, at, { start, end: start + windowMillis }, this.combine.first(value, timestamp))
    }
    return isPlaced
  }

  /** The sessions of a key do not overlap; those that the record reaches become one. */
  private addToSession(track: Track, start: number, end: number, value: unknown): boolean {
    let to = track.cells.length
    while (to > 0 && track.cells[to - 1]!.start >= end) to--
    let from = to
    while (from > 0 && track.cells[from - 1]!.end > start) from--
    const first = track.cells[from]
    if (from === to || first === undefined) {
      if (end + this.latenessMillis <= this.watermark.value) return false
      this.open(track, to, { start, end }, this.combine.first(value, start))
      return true
    }
    let merged: unknown = this.combine.add(first.value, value, start)
    const bounds = { start: Math.min(first.start, start), end: Math.max(first.end, end) }
    // Nearly always, and then nothing else changes.
    if (to - from === 1) {
      this.change(first, bounds, merged)
      return true
    }
    let told = first.told
    for (const other of track.cells.slice(from + 1, to)) {
      merged = this.combine.merge(merged, other.value)
      bounds.end = Math.max(bounds.end, other.end)
      told = told.concat(other.told)
      this.cells.remove(other)
    }
    this.change(first, bounds, merged)
    first.told = told
    return true
  }

  private open(track: Track, at: number, bounds: Bounds, value: unknown): void {
    this.file(this.cells.insert(track, at, bounds, value))
  }

  private change(cell: Cell, { end, start }: Bounds, value: unknown): void {
    this.cells.touch(cell)
    cell.start = start
    cell.end = end
    cell.value = value
    cell.changed = true
    if (!(cell.firesAt <= end)) this.fileFire(cell)
  }

  /** Takes out what may change no more, at the watermark as it is. */
  private close(): void {
    const { closes, latenessMillis, watermark } = this
    while (closes.next <= watermark.value) {
      const time = closes.next
      for (const cell of closes.shift()) {
        if (cell.closesAt !== time) continue
        cell.closesAt = NaN
        if (!cell.alive) continue
        if (cell.end + latenessMillis > watermark.value) this.fileClose(cell)
        else {
          if (cell.changed) this.due.push(cell)
          this.cells.remove(cell)
        }
      }
    }
  }

  private tell(cell: Cell): unknown {
    const { end, start, told, track, value } = cell
    if (cell.alive) {
      cell.changed = false
      cell.told = [{ start, end }]
    }
    return [track.key, { start, end, value: this.combine.result(value), replaces: told }]
  }

  /** Later than it is due is wrong, as after a rollback; sooner is put right when its turn comes. */
  private file(cell: Cell): void {
    if (!(cell.closesAt <= cell.end + this.latenessMillis)) this.fileClose(cell)
    if (cell.changed && !(cell.firesAt <= cell.end)) this.fileFire(cell)
  }

  private fileClose(cell: Cell): void {
    cell.closesAt = cell.end + this.latenessMillis
    this.closes.file(cell, cell.closesAt)
  }

  /** Without lateness a window is told when it closes. */
  private fileFire(cell: Cell): void {
    if (this.latenessMillis === 0) return
    cell.firesAt = cell.end
    this.fires.file(cell, cell.end)
  }

  /** What belongs to one batch only. */
  private forget(): void {
    this.due = []
    this.late = []
    this.refused.late = this.refused.future = 0
  }

  private refuse(key: unknown, value: unknown, timestamp: number, reason: LateRecord["reason"]): void {
    this.refused[reason]++
    this.late.push({ key, value, timestamp, reason })
  }
}

const byEnd = (left: Cell, right: Cell): number =>
  left.end - right.end || left.start - right.start || left.serial - right.serial

const asSource = (source: unknown): Primitive => {
  switch (typeof source) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return source
    default:
      throw new TypeError(`source must give a string, number, bigint or boolean, not a value of type ${typeof source}`)
  }
}

const noTimestamp = "timestamp must give milliseconds since the epoch: a number, finite and within what a Date can hold"
