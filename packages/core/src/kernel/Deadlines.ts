/** What is due when, without moving anything when its time changes for later. */

/** A heap of the times, and under each time what was filed there. */
export class Deadlines<A> {
  private readonly times: Array<number> = []
  private readonly buckets = new Map<number, Array<A>>()

  /** Nothing is due before. */
  get next(): number {
    return this.times[0] ?? Infinity
  }

  file(entry: A, time: number): void {
    const bucket = this.buckets.get(time)
    if (bucket !== undefined) bucket.push(entry)
    else {
      this.buckets.set(time, [entry])
      this.push(time)
    }
  }

  /** Takes what is filed under the earliest time. */
  shift(): ReadonlyArray<A> {
    const time = this.next
    const bucket = this.buckets.get(time) ?? []
    this.buckets.delete(time)
    this.pop()
    return bucket
  }

  private push(time: number): void {
    const { times } = this
    let at = times.length
    times.push(time)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (times[parent]! <= time) break
      times[at] = times[parent]!
      at = parent
    }
    times[at] = time
  }

  private pop(): void {
    const { times } = this
    const time = times.pop()
    if (time === undefined || times.length === 0) return
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= times.length) break
      if (child + 1 < times.length && times[child + 1]! < times[child]!) child++
      if (times[child]! >= time) break
      times[at] = times[child]!
      at = child
    }
    times[at] = time
  }
}
