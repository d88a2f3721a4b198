/** Which windows are to be told, and which may change no more. */
import { Deadlines } from "./Deadlines.ts"
import type { Cell, Track } from "./EventCell.ts"
import type { EventCells } from "./EventCells.ts"
import type { Watermark } from "./Watermark.ts"

/** Where the windows of a record lie, and what becomes of their values. */
export interface Placing {
  /** False where all windows that the record belongs to are closed. What lies between windows belongs to none. */
  readonly add: (track: Track, timestamp: number, value: unknown) => boolean
  /** What a window has. */
  readonly valueOf: (cell: Cell) => unknown
}

export class EventSchedule {
  readonly watermark: Watermark
  readonly cells: EventCells
  readonly latenessMillis: number
  private readonly fires = new Deadlines<Cell>()
  private readonly closes = new Deadlines<Cell>()
  /** Windows are looked for this much too early, so that many are found at a time; then again, when they are due. */
  private readonly grainMillis: number
  /** Windows that closed in this batch with something in them that was not told. */
  private due: Array<Cell> = []

  constructor(watermark: Watermark, cells: EventCells, latenessMillis: number, grainMillis: number) {
    this.watermark = watermark
    this.cells = cells
    this.latenessMillis = latenessMillis
    this.grainMillis = grainMillis
  }

  /** What ends by then may change no more. */
  get closedBefore(): number {
    return this.watermark.value - this.latenessMillis
  }

  /** Whether windows are to be taken out. Asked for each record: see `close`. */
  get isCloseDue(): boolean {
    return this.closes.next <= this.watermark.value
  }

  open(placing: Placing, track: Track, older: Cell | undefined, start: number, end: number, value: unknown): void {
    const { cells } = this
    if (cells.isFull(track)) this.close(placing)
    // What was closed may have been in the list.
    const after = older?.alive === false ? undefined : older
    this.file(cells.insert(track, after, start, end, value))
  }

  /** To be called before a window is changed. Without lateness a window is told when it closes. */
  change(cell: Cell, end: number): void {
    this.cells.touch(cell)
    cell.changed = true
    if (this.latenessMillis > 0 && !(cell.firesAt <= end)) this.fileFire(cell, end)
  }

  /** Takes out what may change no more, at the watermark as it is. */
  close(placing: Placing): void {
    const { closedBefore, closes, due, watermark } = this
    const from = due.length
    while (closes.next <= watermark.value) {
      const time = closes.next
      const filed = closes.shift()
      for (let i = 0; i < filed.length; i++) {
        const cell = filed[i]!
        if (cell.closesAt !== time) continue
        cell.closesAt = NaN
        if (!cell.alive) continue
        if (cell.end > closedBefore) this.fileClose(cell)
        else this.take(cell)
      }
    }
    // May throw, so it comes when all are taken out: a rollback puts them back.
    for (let i = from; i < due.length; i++) due[i]!.value = placing.valueOf(due[i]!)
  }

  /** Takes out one that may change no more. */
  take(cell: Cell): void {
    this.cells.remove(cell)
    if (cell.changed) this.due.push(cell)
  }

  /** What is to be told at the end of a batch. */
  finish(placing: Placing): Array<Cell> {
    const { cells, due, fires, watermark } = this
    this.close(placing)
    while (fires.next <= watermark.value) {
      const time = fires.next
      for (const cell of fires.shift()) {
        if (cell.firesAt !== time) continue
        cell.firesAt = NaN
        if (!cell.alive || !cell.changed) continue
        if (cell.end > watermark.value) this.fileFire(cell, cell.end)
        else {
          cells.touch(cell)
          due.push(cell)
        }
      }
    }
    return due
  }

  /** Later than it is due is wrong, as after a rollback; sooner is put right when its turn comes. */
  file(cell: Cell): void {
    if (!(cell.closesAt <= cell.end + this.latenessMillis)) this.fileClose(cell)
    if (this.latenessMillis > 0 && cell.changed && !(cell.firesAt <= cell.end)) this.fileFire(cell, cell.end)
  }

  /** The batch is over. */
  forget(): void {
    this.due = []
  }

  private fileClose(cell: Cell): void {
    cell.closesAt = this.early(cell.end + this.latenessMillis)
    this.closes.file(cell, cell.closesAt)
  }

  private fileFire(cell: Cell, end: number): void {
    cell.firesAt = this.early(end)
    this.fires.file(cell, cell.firesAt)
  }

  private early(time: number): number {
    const early = Math.floor(time / this.grainMillis) * this.grainMillis
    return early > this.watermark.value ? early : time
  }
}
