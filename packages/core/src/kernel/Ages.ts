/** Keys by the time of their last update: which are due, and which is the oldest. */

/** What is filed. `filed` belongs to the ages: the tick that it is filed under, or `undefined`. */
export interface Aged {
  /** Of the last update. A tick, never before `filed`. */
  readonly at: number
  /** Where it stands among all that were ever born: decides between equals. */
  readonly born: number
  /** `undefined`: gone. */
  readonly state: unknown
  filed: number | undefined
}

interface Bucket<A> {
  entries: Array<A>
  /** The first that was not taken. */
  from: number
  /** Whether the entries are in the order of their birth and none is known to be stale. */
  sorted: boolean
}

/**
 * A wheel that is lazy: an update moves nothing and only writes when it was. A bucket holds what was filed under
 * one time; when its turn comes, what was updated since is filed again and what is gone is dropped. So an update costs
 * nothing here, and every entry is looked at once per timeout at most.
 */
export class Ages<A extends Aged> {
  /** How many are filed, those included that are gone or filed elsewhere by now. */
  count = 0
  private buckets = new Map<number, Bucket<A>>()
  /** The times of all buckets, ascending from `head`. */
  private times: Array<number> = []
  private head = 0

  file(entry: A): void {
    // Where it was filed it stays, and would be there twice if it were filed there again.
    if (entry.filed !== undefined) this.unsort(entry.filed)
    entry.filed = entry.at
    const bucket = this.bucketAt(entry.at)
    const last = bucket.entries[bucket.entries.length - 1]
    if (last !== undefined && last.born > entry.born) bucket.sorted = false
    bucket.entries.push(entry)
    this.count++
  }

  /** Its birth is another now. */
  reborn(entry: A): void {
    if (entry.filed === undefined) return this.file(entry)
    this.unsort(entry.filed)
  }

  /** Takes out all whose last update is before `limit`, in the order of their birth. */
  takeBefore(limit: number): ReadonlyArray<A> {
    const due: Array<A> = []
    for (let time = this.first(); time !== undefined && time < limit; time = this.first()) {
      const { entries, from } = this.bucketAt(time)
      this.dropFirst(time, entries.length - from)
      for (let i = from; i < entries.length; i++) {
        const entry = entries[i]!
        if (entry.filed !== time) continue
        entry.filed = undefined
        if (entry.state === undefined) continue
        if (entry.at < limit) due.push(entry)
        else this.file(entry)
      }
    }
    return due.sort(byBirth)
  }

  /** Takes out the one whose last update is longest ago; among equals the one born first. */
  takeOldest(): A | undefined {
    for (let time = this.first(); time !== undefined; time = this.first()) {
      const bucket = this.bucketAt(time)
      if (!bucket.sorted) this.sort(bucket, time)
      while (bucket.from < bucket.entries.length) {
        const entry = bucket.entries[bucket.from++]!
        this.count--
        if (this.isCurrent(entry, time)) {
          entry.filed = undefined
          return entry
        }
      }
      this.dropFirst(time, 0)
    }
    return undefined
  }

  /** Files only these: what was gone is forgotten. */
  reset(entries: Iterable<A>): void {
    this.count = this.head = 0
    this.times = []
    this.buckets = new Map()
    for (const entry of entries) this.file(entry)
  }

  private first(): number | undefined {
    return this.times[this.head]
  }

  private bucketAt(time: number): Bucket<A> {
    let bucket = this.buckets.get(time)
    if (bucket === undefined) {
      this.buckets.set(time, bucket = { entries: [], from: 0, sorted: false })
      this.insert(time)
    }
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

  private dropFirst(time: number, left: number): void {
    this.buckets.delete(time)
    this.count -= left
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

  private sort(bucket: Bucket<A>, time: number): void {
    const left = bucket.entries.slice(bucket.from)
    const entries = [...new Set(left.filter((entry) => this.isCurrent(entry, time)))]
    this.count -= left.length - entries.length
    bucket.entries = entries.sort(byBirth)
    bucket.from = 0
    bucket.sorted = true
  }

  /** Whether it is there and was not updated after `time`; if it was, files it under its own time. */
  private isCurrent(entry: A, time: number): boolean {
    if (entry.filed !== time) return false
    if (entry.state !== undefined && entry.at === time) return true
    entry.filed = undefined
    if (entry.state !== undefined) this.file(entry)
    return false
  }
}

const byBirth = (left: Aged, right: Aged): number => left.born - right.born
