/** From what was due when, and which batch had how many records when, to delays from send to result. */
import type { BatchLine } from "./protocol.ts"

/** Points of a batch at which the delay is read; each stands for as many records. */
const pointsPerBatch = 20

interface Point {
  readonly due: number
  readonly delay: number
  readonly records: number
}

export interface Delay {
  readonly p50: number
  readonly p99: number
}

export class Delays {
  private readonly ticks: Array<readonly [time: number, due: number]> = []
  private readonly points: Array<Point> = []
  readonly batches: Array<BatchLine> = []
  private placed = 0
  private received = 0
  private cursor = 0

  due(ticks: ReadonlyArray<readonly [time: number, due: number]>): void {
    this.ticks.push(...ticks)
  }

  batch(line: BatchLine): void {
    this.batches.push(line)
  }

  /** A batch may be told before the ticks of its records are. */
  private placeAll(): void {
    const until = this.ticks.at(-1)?.[0] ?? 0
    while (this.placed < this.batches.length && this.batches[this.placed]!.at <= until) {
      this.place(this.batches[this.placed++]!)
    }
  }

  private place(line: BatchLine): void {
    const points = Math.min(pointsPerBatch, line.records)
    for (let point = 0; point < points; point++) {
      const due = this.dueAt(this.received + Math.ceil(line.records * (point + 0.5) / points))
      this.points.push({ due, delay: line.at - due, records: line.records / points })
    }
    this.received += line.records
  }

  /** Delays of what was due from one time to another; what is not there yet is late by all the time since. */
  between(from: number, until: number): Delay {
    this.placeAll()
    const points = this.points.filter(({ due }) => due >= from && due < until)
    const late = this.dueBy(until) - Math.max(this.received, this.dueBy(from))
    if (late > 0) points.push({ due: until, delay: Date.now() - from, records: late })
    points.sort((left, right) => left.delay - right.delay)
    const all = points.reduce((sum, { records }) => sum + records, 0)
    return { p50: quantile(points, all * 0.5), p99: quantile(points, all * 0.99) }
  }

  /** When the n-th line was due. Asked in rising order. */
  private dueAt(nth: number): number {
    while (this.cursor < this.ticks.length - 1 && this.ticks[this.cursor]![1] < nth) this.cursor++
    return this.ticks[this.cursor]?.[0] ?? Date.now()
  }

  private dueBy(time: number): number {
    return this.ticks.findLast(([at]) => at <= time)?.[1] ?? 0
  }
}

const quantile = (points: ReadonlyArray<Point>, records: number): number => {
  let sum = 0
  return points.find((point) => (sum += point.records) >= records)?.delay ?? Infinity
}
