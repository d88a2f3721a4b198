/** Windows of event time: records are placed by their timestamps, and windows told when the watermark has passed them. */
import type { Primitive } from "../batch/Key.ts"
import type { Cell } from "./EventCell.ts"
import type { EventCells, ValueOf } from "./EventCells.ts"
import type { EventCombine } from "./EventCombine.ts"
import { EventSchedule, type Placing } from "./EventSchedule.ts"
import { allOf, type Delta, type Memory, type MemoryBatch } from "./Memory.ts"
import { SeparateEventWindows } from "./SeparateEventWindows.ts"
import { Sessions } from "./Sessions.ts"
import { SlidingEventWindows } from "./SlidingEventWindows.ts"
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

/** A record that is in no window. */
export interface LateRecord {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  /** It came after all its windows were closed, or lies too far in the future. */
  readonly reason: "late" | "future"
}

const onlySource = ""

/** Sessions are looked for so many times per gap at most, as long as many of them end in one batch. */
const grainsPerGap = 16

/** The farthest that a `Date` goes. */
const mostMillis = 8.64e15

export class EventWindows implements Memory {
  readonly refused
  private readonly clock: EventClock
  private readonly combine: EventCombine
  private readonly watermark: Watermark
  private readonly cells: EventCells
  private readonly schedule: EventSchedule
  private readonly placing: Placing
  /** Set where windows overlap. */
  private readonly sliding: SlidingEventWindows | undefined
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
    const { clock, combine, latenessMillis, operator, placement } = options
    this.refused = { operator, late: 0, future: 0 }
    this.clock = clock
    this.combine = combine
    this.watermark = watermark
    this.cells = cells
    const grainMillis = placement._tag === "Session" ? Math.max(1, Math.floor(placement.gapMillis / grainsPerGap)) : 1
    const schedule = this.schedule = new EventSchedule(watermark, cells, latenessMillis, grainMillis)
    if (placement._tag === "Session") this.placing = new Sessions(placement.gapMillis, combine, schedule)
    else {
      const { slideMillis, windowMillis } = placement
      this.sliding = windowMillis > slideMillis
        ? new SlidingEventWindows(windowMillis, slideMillis, combine, schedule)
        : undefined
      this.placing = this.sliding ?? new SeparateEventWindows(windowMillis, slideMillis, combine, schedule)
    }
  }

  begin({ time }: MemoryBatch): void {
    this.latest = time + this.clock.futureMillis
    this.watermark.begin(time)
    this.cells.begin()
    this.sliding?.begin()
  }

  /** What is late does not depend on where batches are cut: a record finds closed what those before it have passed. */
  add(key: unknown, value: unknown, name: Primitive): void {
    const { cells, clock, watermark } = this
    const timestamp: unknown = clock.timestamp(value, key)
    if (typeof timestamp !== "number" || !(Math.abs(timestamp) <= mostMillis)) throw new TypeError(noTimestamp)
    if (timestamp > this.latest) return this.refuse(key, value, timestamp, "future")
    const source: unknown = clock.source === undefined ? onlySource : clock.source(value, key)
    const moved = watermark.see(timestamp, asSource(source))
    if (moved && this.sliding !== undefined && this.schedule.isCloseDue) this.schedule.close(this.placing)
    const track = cells.find(name) ?? cells.newTrack(key, name)
    if (!this.placing.add(track, timestamp, value)) this.refuse(track.key, value, timestamp, "late")
  }

  finish(): ReadonlyArray<unknown> {
    this.watermark.finish()
    return this.schedule.finish(this.placing).sort(byEnd).map((cell) => this.tell(cell))
  }

  delta(): Delta {
    const cells = this.cells.delta(this.written())
    return allOf(this.watermark.delta(), cells)
  }

  commit(): void {
    this.watermark.commit()
    this.sliding?.commit()
    this.cells.commit()
    this.forget()
  }

  rollback(): void {
    this.watermark.rollback()
    this.sliding?.rollback()
    for (const cell of this.cells.rollback()) this.schedule.file(cell)
    this.forget()
  }

  snapshot(): Delta {
    return allOf(this.watermark.snapshot(), this.cells.snapshot(this.written()))
  }

  restore(delta: Delta): void {
    this.watermark.restore(delta)
    for (const cell of this.cells.restore(delta)) this.schedule.file(cell)
  }

  /** The records of this batch that are in no window. */
  recall(): ReadonlyArray<LateRecord> {
    return this.late
  }

  private written(): ValueOf {
    return this.sliding?.written() ?? this.placing.valueOf
  }

  private tell(cell: Cell): unknown {
    const { alive, end, start, told, track } = cell
    const value = alive ? this.placing.valueOf(cell) : cell.value
    if (alive) {
      cell.changed = false
      cell.told = [{ start, end }]
    }
    return [track.key, { start, end, value: this.combine.result(value), replaces: told }]
  }

  /** What belongs to one batch only. */
  private forget(): void {
    this.schedule.forget()
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
