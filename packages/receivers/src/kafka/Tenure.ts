/** The time for which a member of a group owns a partition: what it handed over, and how far that is safe. */
import type { PartitionQueue } from "./PartitionQueue.ts"

interface Handed {
  /** The offset after its last one. */
  readonly until: number
  isSafe: boolean
}

export class Tenure {
  readonly queue: PartitionQueue
  /** Set once the partition is another's, or may be: what was handed over comes again to its new owner. */
  isOver = false
  /** What the group has; below 0 where it has nothing: then where it began is committed too, or another would begin elsewhere. */
  committed: number
  #handed: Array<Handed> = []
  #safe: number

  constructor(queue: PartitionQueue, committed: number) {
    this.queue = queue
    this.committed = committed
    this.#safe = queue.next
  }

  /** Offsets before this one are safe, all of them. */
  get safe(): number {
    return this.#safe
  }

  get isDirty(): boolean {
    return !this.isOver && this.#safe > this.committed
  }

  /** Whether something was handed over and is not safe yet. */
  get isWaiting(): boolean {
    return !this.isOver && this.#handed.length > 0
  }

  get waiting(): number {
    return this.#handed.length
  }

  /** Hands over what lies before `until`; gives what says that it is safe. Nothing is waited for where it holds no record. */
  hand(until: number, hasRecords: boolean): () => void {
    const handed: Handed = { until, isSafe: !hasRecords }
    this.#handed.push(handed)
    this.#settle()
    return () => {
      handed.isSafe = true
      this.#settle()
    }
  }

  /** Blocks may become safe in another order; what is committed has no holes. */
  #settle(): void {
    let count = 0
    for (let next = this.#handed[0]; next?.isSafe === true; next = this.#handed[count]) {
      this.#safe = next.until
      count++
    }
    if (count > 0) this.#handed = this.#handed.slice(count)
  }
}
