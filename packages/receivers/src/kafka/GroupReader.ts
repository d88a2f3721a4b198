/** What a member of a group owns and hands over, from one rebalance to the next. */
import type { Receiver } from "@millrace/core"
import * as Effect from "effect/Effect"
import { groupBy } from "./groupBy.ts"
import type { Assignment } from "./Member.ts"
import type { Tally } from "./metrics.ts"
import type { PartitionQueue } from "./PartitionQueue.ts"
import type { RawRecord } from "./RawRecord.ts"
import type { Taken } from "./recordBatch.ts"
import { Signal } from "./Signal.ts"
import { Tenure } from "./Tenure.ts"

/** About so many records make a block: what is acknowledged at once. */
const blockRecords = 2_000

/** A partition that begins, and what the group has of it, below 0 for nothing. */
export interface Fresh {
  readonly queue: PartitionQueue
  readonly committed: number
}

export class GroupReader {
  /** Told when another assignment came. */
  readonly changed = new Signal()
  /** Told when something is safe. */
  readonly safe = new Signal()
  /** Told when the group has what is safe, or nothing more is to be waited for. */
  readonly settled = new Signal()
  assignment: Assignment | undefined = undefined
  #tenures: ReadonlyArray<Tenure> = []
  #isHolding = false
  #heldUnder: Assignment | undefined = undefined
  readonly #tally: Tally

  constructor(tally: Tally) {
    this.#tally = tally
  }

  /** While nothing more is handed over: the group is about to divide the partitions anew, or it is over. */
  get isHolding(): boolean {
    return this.#isHolding
  }

  get tenures(): ReadonlyArray<Tenure> {
    return this.#tenures
  }

  get queues(): ReadonlyArray<PartitionQueue> {
    return this.#tenures.map(({ queue }) => queue)
  }

  /**
   * What is owned without a break stays as it is: nobody else had it. Where a generation was missed, or the member is
   * another one, somebody may have: that begins anew where the group stands.
   */
  assigned(assignment: Assignment): void {
    const before = this.assignment
    const isUnbroken = before !== undefined && before.memberId === assignment.memberId &&
      (assignment.generation === before.generation || assignment.generation === before.generation + 1)
    const owned = new Set(assignment.partitions.map(({ partition, topic }) => `${partition}:${topic}`))
    this.end(this.#tenures.filter(({ queue }) => !isUnbroken || !owned.has(`${queue.partition}:${queue.topic}`)))
    this.assignment = assignment
    this.changed.tell()
  }

  /** They are another's, or may be. */
  end(tenures: ReadonlyArray<Tenure>): void {
    for (const tenure of tenures) {
      if (tenure.waiting > 0 && !tenure.isOver) this.#tally.revoked(tenure.waiting)
      tenure.isOver = true
    }
    this.#tenures = this.#tenures.filter(({ isOver }) => !isOver)
    this.settled.tell()
  }

  /** What of an assignment has no tenure yet, by topic. */
  missing({ partitions }: Assignment): ReadonlyArray<{ readonly topic: string; readonly partitions: ReadonlyArray<number> }> {
    const known = new Set(this.#tenures.map(({ queue }) => `${queue.partition}:${queue.topic}`))
    const fresh = partitions.filter(({ partition, topic }) => !known.has(`${partition}:${topic}`))
    return [...groupBy(fresh, ({ topic }) => topic)].map(([topic, some]) => ({
      topic,
      partitions: some.map(({ partition }) => partition)
    }))
  }

  begin(fresh: ReadonlyArray<Fresh>): void {
    this.#tenures = [...this.#tenures, ...fresh.map(({ committed, queue }) => new Tenure(queue, committed))]
    if (this.#heldUnder !== this.assignment) this.#isHolding = false
    this.safe.tell()
  }

  /** Hands over nothing more, until there is another assignment than now. */
  hold(): void {
    this.#isHolding = true
    this.#heldUnder = this.assignment
  }

  /** The next records of what is here; nothing where nothing is. */
  take(): Receiver.Block<RawRecord> | undefined {
    if (this.#isHolding) return undefined
    const ready = this.#tenures.filter(({ queue }) => queue.fetchFrom > queue.next && queue.trouble === undefined)
    if (ready.length === 0) return undefined
    const taken: Taken = { records: [], bytes: 0 }
    const each = Math.max(1, Math.floor(blockRecords / ready.length))
    const safe: Array<() => void> = []
    for (const tenure of ready) {
      const { queue } = tenure
      const [before, from] = [taken.records.length, queue.next]
      queue.take(Math.min(queue.fetchFrom, queue.next + each), taken)
      this.#tally.lag(queue.topic, queue.partition, queue.lag)
      if (queue.next > from) safe.push(tenure.hand(queue.next, taken.records.length > before))
    }
    const { bytes, records } = taken
    this.#tally.took(records.length, bytes)
    this.safe.tell()
    const acknowledge = Effect.sync(() => {
      for (const tell of safe) tell()
      this.safe.tell()
    })
    return { payload: records, records: records.length, bytes, acknowledge }
  }

  /** Ends once all that was handed over is safe and the group has it. */
  get drained(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function*() {
      for (;;) {
        const { version } = this.settled
        if (!this.#tenures.some(({ isDirty, isWaiting }) => isDirty || isWaiting)) return
        yield* this.settled.after(version)
      }
    })
  }
}
