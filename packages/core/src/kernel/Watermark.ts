/** How far event time has come: bounded disorder, over all sources that are not idle. Only ever forward. */
import type { Primitive } from "../batch/Key.ts"
import type { Delta, Entry } from "./Memory.ts"
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
  }

  /** A record of a source; says whether the watermark moved. */
  see(timestamp: number, name: Primitive): boolean {
    let source = this.sources.get(name)
    if (source === undefined) source = this.newSource(name)
    else if (source.touchedBy !== this.batch) this.touch(source)
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
    const set: Array<Entry> = isSame ? [] : [this.writeValue()]
    for (const source of this.touched) if (this.sources.get(source.name) === source) set.push(write(source))
    return { set, removed: this.gone.map(({ name }) => entryName(name)) }
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

  snapshot(): ReadonlyArray<Entry> {
    const sources = Array.from(this.sources.values(), write)
    return this.value === -Infinity ? sources : [this.writeValue(), ...sources]
  }

  /** Takes its own from among the entries of a stage. */
  restore(entries: ReadonlyArray<Entry>): void {
    const sources: Array<Source> = []
    for (const [name, json] of entries) {
      if (typeof name !== "string" || !Array.isArray(json)) continue
      if (name !== valueName) sources.push(read(json))
      else [this.value, this.highest] = json
    }
    this.refill(sources)
    this.commit()
  }

  private writeValue(): Entry {
    return [valueName, [this.value, this.highest]]
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

const write = ({ high, name, seen }: Source): Entry => [entryName(name), [high, seen, toJson(name)]]

const read = ([high, seen, name]: ReadonlyArray<unknown>): Source => {
  const source = new Source(fromJson(name))
  source.high = source.highBefore = Number(high)
  source.seen = source.seenBefore = Number(seen)
  return source
}
