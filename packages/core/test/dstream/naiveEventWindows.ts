/** Event time as one would read it without an engine: lists, looked through from the front, for every record. */
import { DStream } from "@millrace/core"
import { Arbitrary, Schema } from "effect"
import { smallInt } from "./support.ts"

export interface Reading {
  readonly at: number
  readonly n: number
  readonly source: number
}

export type Record = readonly [key: string, reading: Reading]

export interface Rules {
  readonly windowDuration?: number
  readonly slideDuration?: number
  readonly sessionGap?: number
  readonly outOfOrderness: number
  readonly allowedLateness: number
  readonly idleAfter?: number | undefined
  readonly maxFutureSkew: number
}

interface Open {
  readonly key: string
  readonly serial: number
  start: number
  end: number
  readings: ReadonlyArray<Reading>
  changed: boolean
  told: ReadonlyArray<{ readonly start: number; readonly end: number }>
}

class Naive {
  readonly late: Array<unknown> = []
  watermark = -Infinity
  private sources: ReadonlyArray<{ readonly source: number; readonly high: number; readonly seen: number }> = []
  private windows: ReadonlyArray<Open> = []
  private closed: ReadonlyArray<Open> = []
  private serial = 0
  private highest = -Infinity
  private readonly rules: Rules

  constructor(rules: Rules) {
    this.rules = rules
  }

  batch(records: ReadonlyArray<Record>, time: number): ReadonlyArray<unknown> {
    this.late.length = 0
    for (const [key, reading] of records) this.record(key, reading, time)
    const { idleAfter = Infinity, outOfOrderness } = this.rules
    const awake = this.sources.filter(({ seen }) => time <= seen + idleAfter)
    if (awake.length < this.sources.length) {
      const high = awake.length > 0 ? Math.min(...awake.map(({ high }) => high)) : this.highest
      this.watermark = Math.max(this.watermark, high - outOfOrderness)
      this.sources = awake
    }
    this.close()
    const due = [...this.closed, ...this.windows].filter(({ changed, end }) => changed && end <= this.watermark)
    this.closed = []
    return due.sort((left, right) => left.end - right.end || left.start - right.start || left.serial - right.serial)
      .map((window) => {
        const { end, key, readings, start, told } = window
        window.changed = false
        window.told = [{ start, end }]
        return [key, { start, end, value: readings.toSorted((left, right) => left.at - right.at), replaces: told }]
      })
  }

  /** What is open, as an operator writes it down. */
  get open(): ReadonlyArray<unknown> {
    return this.windows.map(({ changed, end, key, readings, serial, start, told }) => [
      serial,
      [
        start,
        end,
        changed ? 1 : 0,
        told.map(({ end, start }) => [start, end]),
        key,
        readings.toSorted((left, right) => left.at - right.at).map((reading) => [reading.at, reading])
      ]
    ])
  }

  private record(key: string, reading: Reading, time: number): void {
    const { allowedLateness, maxFutureSkew, outOfOrderness } = this.rules
    const { at, source } = reading
    const refuse = (reason: string) => this.late.push({ key, value: reading, timestamp: at, reason })
    if (at > time + maxFutureSkew) return void refuse("future")
    this.highest = Math.max(this.highest, at)
    const high = Math.max(at, ...this.sources.filter((other) => other.source === source).map(({ high }) => high))
    this.sources = [...this.sources.filter((other) => other.source !== source), { source, high, seen: time }]
    this.watermark = Math.max(this.watermark, Math.min(...this.sources.map(({ high }) => high)) - outOfOrderness)
    this.close()
    const own = this.windowsOf(at)
    const open = own.filter(({ end, start }) =>
      end + allowedLateness > this.watermark || (this.rules.sessionGap !== undefined && this.touching(key, start, end).length > 0))
    if (own.length > 0 && open.length === 0) refuse("late")
    // As the engine opens them: the newest first.
    for (const { end, start } of open.toReversed()) this.put(key, start, end, reading)
  }

  private windowsOf(at: number): Array<{ readonly start: number; readonly end: number }> {
    const { sessionGap, slideDuration, windowDuration = 0 } = this.rules
    if (sessionGap !== undefined) return [{ start: at, end: at + sessionGap }]
    const slide = slideDuration ?? windowDuration
    const windows = []
    for (let n = -100; n * slide <= at; n++) {
      if (at < n * slide + windowDuration) windows.push({ start: n * slide, end: n * slide + windowDuration })
    }
    return windows
  }

  private touching(key: string, start: number, end: number): ReadonlyArray<Open> {
    return this.windows.filter((window) =>
      window.key === key &&
      (this.rules.sessionGap === undefined ? window.start === start : window.start < end && start < window.end)
    ).sort((left, right) => left.start - right.start)
  }

  private put(key: string, start: number, end: number, reading: Reading): void {
    const same = this.touching(key, start, end)
    this.windows = [...this.windows.filter((window) => !same.includes(window)), {
      key,
      serial: same[0]?.serial ?? ++this.serial,
      start: Math.min(start, ...same.map((window) => window.start)),
      end: Math.max(end, ...same.map((window) => window.end)),
      readings: [...(same[0]?.readings ?? []), reading, ...same.slice(1).flatMap(({ readings }) => readings)],
      changed: true,
      told: same.flatMap(({ told }) => told)
    }]
  }

  private close(): void {
    const isClosed = ({ end }: Open) => end + this.rules.allowedLateness <= this.watermark
    this.closed = [...this.closed, ...this.windows.filter(isClosed)]
    this.windows = this.windows.filter((window) => !isClosed(window))
  }
}

export const naive = (batches: ReadonlyArray<ReadonlyArray<Record>>, rules: Rules) => {
  const reader = new Naive(rules)
  return batches.map((records, index) => {
    const told = reader.batch(records, (index + 1) * 1000)
    return { told, late: [...reader.late], watermark: reader.watermark, open: reader.open }
  })
}

const Reading = Schema.Struct({ at: Schema.Number, n: Schema.Number, source: Schema.Number })

export const grouped = (rules: Rules) => (input: DStream.DStream<Record>) => {
  const { allowedLateness, idleAfter, maxFutureSkew, outOfOrderness, sessionGap, slideDuration, windowDuration = 1 } = rules
  const place = sessionGap === undefined ? { windowDuration, slideDuration } : { sessionGap }
  return input.pipe(
    DStream.assignTimestamps({
      timestamp: ({ at }) => at,
      source: ({ source }) => source,
      outOfOrderness,
      idleAfter,
      maxFutureSkew
    }),
    DStream.groupByKeyAndEventWindow({ name: "windows", value: Reading, allowedLateness, ...place })
  )
}

/** Records of a few keys and sources, whose time goes on by about a second in four records, with disorder. */
export const records: Arbitrary.Arbitrary<ReadonlyArray<ReadonlyArray<Record>>> = Arbitrary.map(
  Arbitrary.array(
    Arbitrary.array(Arbitrary.all([smallInt, smallInt, smallInt]), { maxLength: 12 }),
    { minLength: 20, maxLength: 40 }
  ),
  (batches) => {
    let now = 0
    let n = 0
    return batches.map((batch) =>
      batch.map(([a, b, c]): Record => {
        now += a * 60
        const jump = a === 9 && b === 9 ? 40_000 : a === 8 && c > 7 ? -9_000 : 0
        return [`k${b % 3}`, { at: now + jump - c * 400, n: n++, source: (a + b + c) % 3 }]
      })
    )
  }
)

/** Rules of every kind. */
export const rulesOf = Arbitrary.map(
  Arbitrary.all([smallInt, smallInt, smallInt, smallInt, smallInt, smallInt]),
  ([kind, length, slide, disorder, late, rest]): Rules => ({
    ...(kind < 5
      ? { sessionGap: 500 + length * 300 }
      : { windowDuration: 1000 + length * 500, ...(kind < 8 ? { slideDuration: 700 + slide * 300 } : {}) }),
    outOfOrderness: disorder * 400,
    allowedLateness: late < 4 ? 0 : late * 500,
    idleAfter: rest < 5 ? undefined : rest * 400,
    maxFutureSkew: rest % 2 === 0 ? 20_000 : 86_400_000
  })
)
