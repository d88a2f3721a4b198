/** Spark's window over keys with an inverse, exactly: for who has come to depend on it. */
import type { Primitive } from "../batch/Key.ts"
import { type KeyBound, tooManyKeys } from "./KeyBound.ts"
import { deltaOf, type Delta, type Memory, type MemoryBatch, type MemoryPlan } from "./Memory.ts"
import type { AnyFunction } from "./Step.ts"
import { fromJson, toJson } from "./primitiveJson.ts"
import { newWindowKey, primitives, type WindowJson } from "./windowJson.ts"

export interface SparkWindowOptions {
  readonly reduce: AnyFunction
  readonly inverse: AnyFunction
  /** Keys for which it is false are forgotten. */
  readonly filter: ((value: unknown, key: unknown) => boolean) | undefined
  readonly json: WindowJson
  readonly bound: KeyBound
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
  /** Keys that came since the last emission and were not in it; the last of them in this batch. */
  private readonly fresh = new Set<Primitive>()
  private readonly freshNow: Array<Primitive> = []
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
    const held = newWindowKey(key, name, this.options.json)
    this.hold(name)
    this.boxes.set(name, { key: held, value })
  }

  private hold(name: Primitive): void {
    const { fresh, values } = this
    if (values.has(name) || fresh.has(name)) return
    const { bound } = this.options
    if (values.size + fresh.size >= bound.maxKeys) throw tooManyKeys(bound)
    fresh.add(name)
    this.freshNow.push(name)
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
    const set = new Map<unknown, unknown>()
    if (this.boxes.size > 0 && !this.isLeaving(this.time)) set.set(this.time, this.write(this.boxes))
    if (this.next !== this.values) set.set("values", this.write(this.next))
    return deltaOf(set, this.batches.filter(({ time }) => this.isLeaving(time)).map(({ time }) => time))
  }

  commit(): void {
    if (!this.isOpen) return
    const all = this.boxes.size > 0 ? [...this.batches, { time: this.time, boxes: this.boxes }] : this.batches
    this.batches = this.emits ? all.filter(({ time }) => !this.isLeaving(time)) : all
    this.values = this.next
    if (this.emits) this.fresh.clear()
    this.freshNow.length = 0
    this.rollback()
  }

  rollback(): void {
    for (const name of this.freshNow) this.fresh.delete(name)
    this.freshNow.length = 0
    this.isOpen = false
    this.emits = false
    this.boxes = new Map()
    this.next = this.values
  }

  snapshot(): Delta {
    const set = new Map<unknown, unknown>(this.batches.map(({ boxes, time }) => [time, this.write(boxes)]))
    return deltaOf(set.set("values", this.write(this.values)), [])
  }

  private write(boxes: Boxes): unknown {
    const { key: keys = primitives, value: values } = this.options.json
    return Array.from(boxes, ([name, { key, value }]) => {
      const row = [values.encode(value), toJson(name)]
      return Object.is(key, name) ? row : [...row, keys.encode(key)]
    })
  }

  restore({ names, removed, values }: Delta): void {
    const batches = this.batches.filter(({ time }) => !removed.includes(time))
    names.forEach((name, index) => {
      const boxes = this.read(values[index])
      if (typeof name === "number") batches.push({ time: name, boxes })
      else this.values = this.next = boxes
    })
    this.batches = batches
    this.fresh.clear()
    for (const { boxes } of batches) {
      for (const name of boxes.keys()) if (!this.values.has(name)) this.fresh.add(name)
    }
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
