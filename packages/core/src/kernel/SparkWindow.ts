/** Spark's window over keys with an inverse, exactly: for who has come to depend on it. */
import type { Primitive } from "../batch/Key.ts"
import type { Delta, Entry, Memory, MemoryBatch, MemoryPlan } from "./Memory.ts"
import type { AnyFunction } from "./Step.ts"
import { fromJson, toJson } from "./primitiveJson.ts"
import { newWindowKey, primitives, type WindowJson } from "./windowJson.ts"

export interface SparkWindowOptions {
  readonly reduce: AnyFunction
  readonly inverse: AnyFunction
  /** Keys for which it is false are forgotten. */
  readonly filter: ((value: unknown, key: unknown) => boolean) | undefined
  readonly json: WindowJson
}

/** A key and what it has: in one batch, or in the window. */
interface Box {
  readonly key: unknown
  value: unknown
}

type Boxes = Map<Primitive, Box>

interface Batch {
  readonly time: number
  readonly boxes: Boxes
}

/**
 * The value of a key is that of the last window, less what all batches that left since had, plus what all that came
 * had: `reduce(inverse(value, left), came)`. So a key once seen stays, at what is left of it; and with a slide longer
 * than the window what a new key had in the gap counts.
 */
export class SparkWindow implements Memory {
  private readonly options: SparkWindowOptions
  private readonly windowMillis: number
  private readonly slideMillis: number
  /** Oldest first. */
  private batches: ReadonlyArray<Batch> = []
  private values: Boxes = new Map()
  private next: Boxes = this.values
  private boxes: Boxes = new Map()
  private time = 0
  private emits = false
  private isOpen = false

  constructor({ slideMillis, windowMillis }: MemoryPlan, options: SparkWindowOptions) {
    this.options = options
    this.windowMillis = windowMillis
    this.slideMillis = slideMillis
  }

  begin({ emits, time }: MemoryBatch): void {
    this.isOpen = true
    this.time = time
    this.emits = emits
    this.boxes = new Map()
    this.next = this.values
  }

  add(key: unknown, value: unknown, name: Primitive): void {
    const box = this.boxes.get(name)
    if (box !== undefined) {
      box.value = this.options.reduce(box.value, value)
      return
    }
    this.boxes.set(name, { key: newWindowKey(key, name, this.options.json), value })
  }

  finish(): ReadonlyArray<unknown> {
    if (!this.emits) return []
    const { slideMillis, time, windowMillis } = this
    const left = this.sum(time - slideMillis - windowMillis, time - windowMillis)
    const came = this.sum(time - slideMillis, time)
    const next: Boxes = new Map()
    for (const [name, { key, value }] of this.values) {
      this.keep(next, name, key, this.updated(value, left.get(name), came.get(name)))
    }
    for (const [name, { key, value }] of came) if (!this.values.has(name)) this.keep(next, name, key, value)
    for (const name of left.keys()) {
      if (!this.values.has(name) && !came.has(name)) {
        throw new Error(
          "The filter has dropped a key that still had data in the window; with Spark's semantics nothing is left to " +
            "take that data from"
        )
      }
    }
    this.next = next
    return this.emission(next)
  }

  /** What each key has in the batches after `from` up to `to`. */
  private sum(from: number, to: number): Boxes {
    const sums: Boxes = new Map()
    for (const { boxes, time } of [...this.batches, { time: this.time, boxes: this.boxes }]) {
      if (time <= from || time > to) continue
      for (const [name, { key, value }] of boxes) {
        const sum = sums.get(name)
        if (sum === undefined) sums.set(name, { key, value })
        else sum.value = this.options.reduce(sum.value, value)
      }
    }
    return sums
  }

  private updated(value: unknown, left: Box | undefined, came: Box | undefined): unknown {
    const rest = left === undefined ? value : this.options.inverse(value, left.value)
    return came === undefined ? rest : this.options.reduce(rest, came.value)
  }

  private keep(next: Boxes, name: Primitive, key: unknown, value: unknown): void {
    const { filter } = this.options
    if (filter === undefined || filter(value, key)) next.set(name, { key, value })
  }

  /** What the batch touched, in its order, then the others. */
  private emission(next: Boxes): ReadonlyArray<unknown> {
    const out: Array<unknown> = []
    for (const name of this.boxes.keys()) {
      const box = next.get(name)
      if (box !== undefined) out.push([box.key, box.value])
    }
    for (const [name, { key, value }] of next) if (!this.boxes.has(name)) out.push([key, value])
    return out
  }

  private isLeaving(time: number): boolean {
    return this.emits && time <= this.time - this.windowMillis
  }

  /** Values are all of one entry: they are made anew at every slide. */
  delta(): Delta {
    return {
      set: [
        ...(this.boxes.size > 0 && !this.isLeaving(this.time) ? [this.write(this.time, this.boxes)] : []),
        ...(this.next === this.values ? [] : [this.write("values", this.next)])
      ],
      removed: this.batches.filter(({ time }) => this.isLeaving(time)).map(({ time }) => time)
    }
  }

  commit(): void {
    if (!this.isOpen) return
    const all = this.boxes.size > 0 ? [...this.batches, { time: this.time, boxes: this.boxes }] : this.batches
    this.batches = this.emits ? all.filter(({ time }) => !this.isLeaving(time)) : all
    this.values = this.next
    this.rollback()
  }

  rollback(): void {
    this.isOpen = false
    this.emits = false
    this.boxes = new Map()
    this.next = this.values
  }

  snapshot(): ReadonlyArray<Entry> {
    return [...this.batches.map(({ boxes, time }) => this.write(time, boxes)), this.write("values", this.values)]
  }

  private write(name: Primitive, boxes: Boxes): Entry {
    const { key: keys = primitives, value: values } = this.options.json
    const rows = Array.from(boxes, ([name, { key, value }]) => {
      const row = [values.encode(value), toJson(name)]
      return Object.is(key, name) ? row : [...row, keys.encode(key)]
    })
    return [name, rows]
  }

  restore(entries: ReadonlyArray<Entry>): void {
    const batches: Array<Batch> = []
    for (const [name, json] of entries) {
      const boxes = this.read(json)
      if (typeof name === "number") batches.push({ time: name, boxes })
      else this.values = this.next = boxes
    }
    this.batches = batches.sort((left, right) => left.time - right.time)
  }

  private read(json: unknown): Boxes {
    const { key: keys = primitives, value: values } = this.options.json
    const boxes: Boxes = new Map()
    if (!Array.isArray(json)) throw new TypeError("What was written down is no window")
    for (const [value, text, key] of json) {
      const name = fromJson(text)
      boxes.set(name, { key: key === undefined ? name : keys.decode(key), value: values.decode(value) })
    }
    return boxes
  }
}
