/** Keys by the time of their last update: which are due, and which is the oldest. */
import { doubled, type Slots } from "./Slots.ts"

interface Bucket {
  slots: Array<number>
  /** The first that was not taken. */
  from: number
  /** Whether the slots ascend, as keys are born, and none is known to be stale. */
  sorted: boolean
}

/** There is room for so many at first. */
const few = 16

/**
 * A wheel that is lazy: an update moves nothing and only writes when it was. A bucket holds what was filed under
 * one time; when its turn comes, what was updated since is filed again and what is gone is dropped. So an update costs
 * nothing here, and every key is looked at once per timeout at most.
 */
export class Ages {
  private readonly columns: Slots
  /** By slot, the time that it is filed under; `NaN`: under none. Never after its last update. */
  private filed = new Float64Array(few).fill(NaN)
  private buckets = new Map<number, Bucket>()
  /** The times of all buckets, ascending from `head`. */
  private times: Array<number> = []
  private head = 0
  /** The bucket that was last filed under: mostly the next one too. */
  private latest: Bucket | undefined
  private latestTime = NaN

  constructor(columns: Slots) {
    this.columns = columns
  }

  file(slot: number, time: number): void {
    while (slot >= this.filed.length) this.filed = doubled(this.filed)
    this.filed[slot] = time
    const bucket = time === this.latestTime && this.latest !== undefined ? this.latest : this.bucketAt(time)
    const { slots } = bucket
    if (slots.length > 0 && slots[slots.length - 1]! >= slot) bucket.sorted = false
    slots.push(slot)
  }

  /** After a time that was set back. Where it was filed it stays, and is not looked at. */
  refile(slot: number): void {
    const time = this.columns.timeOf(slot)
    const filed = this.filed[slot]!
    if (filed <= time) return
    if (filed > time) this.unsort(filed)
    this.file(slot, time)
  }

  unfile(slot: number): void {
    const filed = this.filed[slot]!
    this.unsort(filed)
    this.filed[slot] = NaN
  }

  /** Takes out all whose last update is before `limit`, the one born first first. */
  takeBefore(limit: number): ReadonlyArray<number> {
    const due: Array<number> = []
    for (let time = this.first(); time !== undefined && time < limit; time = this.first()) {
      const { from, slots } = this.bucketAt(time)
      this.dropFirst(time)
      for (let i = from; i < slots.length; i++) {
        const slot = slots[i]!
        if (this.filed[slot] !== time) continue
        this.filed[slot] = NaN
        if (this.columns.states[slot] === undefined) continue
        const at = this.columns.timeOf(slot)
        if (at < limit) due.push(slot)
        else this.file(slot, at)
      }
    }
    return due.sort(ascending)
  }

  /** Takes out the one whose last update is longest ago; among equals the one born first. */
  takeOldest(): number | undefined {
    for (let time = this.first(); time !== undefined; time = this.first()) {
      const bucket = this.bucketAt(time)
      if (!bucket.sorted) this.sort(bucket, time)
      while (bucket.from < bucket.slots.length) {
        const slot = bucket.slots[bucket.from++]!
        if (!this.isCurrent(slot, time)) continue
        this.filed[slot] = NaN
        return slot
      }
      this.dropFirst(time)
    }
    return undefined
  }

  /** Files all keys anew, under the slots that they have now. */
  reset(): void {
    const { next, states } = this.columns
    this.filed.fill(NaN)
    this.head = 0
    this.times = []
    this.buckets = new Map()
    this.latest = undefined
    for (let slot = 1; slot < next; slot++) if (states[slot] !== undefined) this.file(slot, this.columns.timeOf(slot))
  }

  private first(): number | undefined {
    return this.times[this.head]
  }

  private bucketAt(time: number): Bucket {
    let bucket = this.buckets.get(time)
    if (bucket === undefined) {
      this.buckets.set(time, bucket = { slots: [], from: 0, sorted: false })
      this.insert(time)
    }
    this.latest = bucket
    this.latestTime = time
    return bucket
  }

  /** Nearly always at the end: time goes on. */
  private insert(time: number): void {
    const { times } = this
    let low = this.head
    let high = times.length
    if (high > low && times[high - 1]! < time) low = high
    while (low < high) {
      const middle = (low + high) >> 1
      if (times[middle]! < time) low = middle + 1
      else high = middle
    }
    times.splice(low, 0, time)
  }

  private dropFirst(time: number): void {
    this.buckets.delete(time)
    this.latest = undefined
    this.head++
    if (this.head > 1024 && this.head * 2 > this.times.length) {
      this.times = this.times.slice(this.head)
      this.head = 0
    }
  }

  private unsort(time: number): void {
    const bucket = this.buckets.get(time)
    if (bucket !== undefined) bucket.sorted = false
  }

  private sort(bucket: Bucket, time: number): void {
    const left = bucket.slots.slice(bucket.from)
    bucket.slots = [...new Set(left.filter((slot) => this.isCurrent(slot, time)))].sort(ascending)
    bucket.from = 0
    bucket.sorted = true
  }

  /** Whether it is there and was not updated after `time`; if it was, files it under its own time. */
  private isCurrent(slot: number, time: number): boolean {
    if (this.filed[slot] !== time) return false
    const isThere = this.columns.states[slot] !== undefined
    const at = this.columns.timeOf(slot)
    if (isThere && at === time) return true
    this.filed[slot] = NaN
    if (isThere) this.file(slot, at)
    return false
  }
}

const ascending = (left: number, right: number): number => left - right
