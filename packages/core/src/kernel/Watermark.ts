/** How far event time has come: bounded disorder, over all sources that are not idle. Only ever forward. */
import type { Primitive } from "../batch/Key.ts"
import type { Delta } from "./Memory.ts"
import { fromJson, toJson } from "./primitiveJson.ts"

export interface WatermarkOptions {
  /** How far behind the highest timestamp of its source a record may come and still be on time. */
  readonly outOfOrdernessMillis: number
  /** A source without a record for longer than that, in batch time, is not waited for; `undefined`: all are. */
  readonly idleMillis: number | undefined
}

/** One source, and what it was before the batch that touched it last. */
class Source {
  readonly name: Primitive
  /** Its highest timestamp. */
  high = -Infinity
  /** The time of the last batch with a record of it. */
  seen = 0
  touchedBy = 0
  highBefore = -Infinity
  seenBefore = 0

  constructor(name: Primitive) {
    this.name = name
  }
}

/** Its place among what a stage writes down; cells have numbers. */
const valueName = "watermark"

export class Watermark {
  /** Event time has come this far: `-Infinity` before the first record. */
  value = -Infinity
  /** The highest timestamp of all, of sources that are forgotten too. */
  private highest = -Infinity
  private readonly options: WatermarkOptions
  /** The one longest without a record first. */
  private sources = new Map<Primitive, Source>()
  private slowest: Source | undefined
  /** Of the last record of this batch. */
  private last: Source | undefined
  private now = 0
  private batch = 0
  private before = { value: -Infinity, highest: -Infinity }
  private touched: Array<Source> = []
  private gone: Array<Source> = []

  constructor(options: WatermarkOptions) {
    this.options = options
  }

  begin(time: number): void {
    this.now = time
    this.batch++
    this.last = undefined
  }

  /** A record of a source; says whether the watermark moved. */
  see(timestamp: number, name: Primitive): boolean {
    // Nearly always the one before, and often the only one.
    let source = this.last?.name === name ? this.last : this.sources.get(name)
    if (source === undefined) source = this.newSource(name)
    else if (source.touchedBy !== this.batch) this.touch(source)
    this.last = source
    if (timestamp <= source.high) return false
    const isNew = source.high === -Infinity
    source.high = timestamp
    if (timestamp > this.highest) this.highest = timestamp
    if (source === this.slowest) this.slowest = this.findSlowest()
    else if (isNew && (this.slowest === undefined || timestamp < this.slowest.high)) this.slowest = source
    return this.advance()
  }

  /** The batch is over: sources that are idle by now hold nobody up. Where all are, the fastest says how far it is. */
  finish(): void {
    const { idleMillis } = this.options
    if (idleMillis === undefined) return
    const before = this.gone.length
    for (const source of this.sources.values()) {
      if (this.now <= source.seen + idleMillis) break
      this.gone.push(source)
    }
    if (this.gone.length === before) return
    for (const { name } of this.gone) this.sources.delete(name)
    this.slowest = this.findSlowest()
    this.advance()
  }

  delta(): Delta {
    const isSame = this.value === this.before.value && this.highest === this.before.highest
    const touched = this.touched.filter((source) => this.sources.get(source.name) === source)
    return this.write(!isSame, touched, this.gone)
  }

  commit(): void {
    this.before = { value: this.value, highest: this.highest }
    this.touched = []
    this.gone = []
  }

  rollback(): void {
    this.value = this.before.value
    this.highest = this.before.highest
    const all = new Set([...this.sources.values(), ...this.gone])
    for (const source of this.touched) {
      source.high = source.highBefore
      source.seen = source.seenBefore
      if (source.high === -Infinity) all.delete(source)
    }
    this.refill(all)
    this.commit()
  }

  snapshot(): Delta {
    return this.write(this.value > -Infinity, [...this.sources.values()], [])
  }

  /** Takes its own from among what a stage wrote down. */
  restore({ names, removed, values }: Delta): void {
    const sources = new Map(this.sources)
    for (const { name } of this.sources.values()) if (removed.includes(entryName(name))) sources.delete(name)
    names.forEach((name, index) => {
      const json = values[index]
      if (typeof name !== "string" || !Array.isArray(json)) return
      if (name === valueName) [this.value, this.highest] = json
      else {
        const source = read(json)
        sources.delete(source.name)
        sources.set(source.name, source)
      }
    })
    this.refill(sources.values())
    this.commit()
  }

  private write(withValue: boolean, sources: ReadonlyArray<Source>, gone: ReadonlyArray<Source>): Delta {
    const names = sources.map(({ name }) => entryName(name))
    const values: Array<unknown> = sources.map(({ high, name, seen }) => [high, seen, toJson(name)])
    return {
      removed: gone.map(({ name }) => entryName(name)),
      names: withValue ? [valueName, ...names] : names,
      values: withValue ? [[this.value, this.highest], ...values] : values
    }
  }

  private newSource(name: Primitive): Source {
    const source = new Source(name === 0 ? 0 : name)
    this.touch(source)
    return source
  }

  /** Once per batch: puts it behind those that were seen before. */
  private touch(source: Source): void {
    source.touchedBy = this.batch
    source.highBefore = source.high
    source.seenBefore = source.seen
    source.seen = this.now
    this.touched.push(source)
    this.sources.delete(source.name)
    this.sources.set(source.name, source)
  }

  private findSlowest(): Source | undefined {
    let slowest: Source | undefined
    for (const source of this.sources.values()) if (slowest === undefined || source.high < slowest.high) slowest = source
    return slowest
  }

  private advance(): boolean {
    const value = (this.slowest?.high ?? this.highest) - this.options.outOfOrdernessMillis
    if (value <= this.value) return false
    this.value = value
    return true
  }

  private refill(sources: Iterable<Source>): void {
    const sorted = Array.from(sources).sort((left, right) => left.seen - right.seen)
    this.sources = new Map(sorted.map((source) => [source.name, source]))
    this.slowest = this.findSlowest()
  }
}

const entryName = (name: Primitive): string => `source ${JSON.stringify(toJson(name))}`

const read = ([high, seen, name]: ReadonlyArray<unknown>): Source => {
  const source = new Source(fromJson(name))
  source.high = source.highBefore = Number(high)
  source.seen = source.seenBefore = Number(seen)
  return source
}
