/** What one owner of the pipeline knows, and what it may do. */
import type { CheckpointStore } from "@millrace/core"

/** Something is not as it must be. `invariant` is its number in the list of invariants. */
export class Violation extends Error {
  readonly invariant: string
  constructor(invariant: string, what: string) {
    super(`${invariant}: ${what}`)
    this.invariant = invariant
  }
}

/** Up to where a batch took a receiver: a position or a sequence, and how many records behind it. */
interface Mark {
  readonly base: number
  readonly skip: number
}

/** What one owner knows and may do. */
export class View {
  readonly epoch: number
  readonly prepared = new Map<number, { readonly lsn: number; readonly record: CheckpointStore.Prepared }>()
  readonly data = new Map<string, Map<number, { readonly lsn: number; readonly record: CheckpointStore.Data }>>()
  snapshot: CheckpointStore.Snapshot | undefined = undefined
  last = 0
  lastTime = 0
  appended = 0
  durable = 0
  /** Up to where a check after the sync said that it is still the owner; -1 before the first. */
  verified = -1
  /** Ids of events that were given and that no batch has taken. */
  readonly waiting = new Set<number>()
  readonly taken = new Set<number>()
  private readonly marks = new Map<number, ReadonlyMap<string, Mark>>()

  constructor(epoch: number) {
    this.epoch = epoch
  }

  add(lsn: number, record: CheckpointStore.JournalRecord): void {
    if (record._tag === "Data") {
      const lane = this.data.get(record.receiver) ?? new Map()
      this.data.set(record.receiver, lane)
      lane.set(record.sequence, { lsn, record })
    }
    if (record._tag === "Prepared") {
      if (record.batch <= this.last) {
        for (const batch of this.prepared.keys()) if (batch >= record.batch) this.prepared.delete(batch)
      }
      this.prepared.set(record.batch, { lsn, record })
      this.marks.set(record.batch, this.marksOf(record))
      this.last = record.batch
      this.lastTime = record.time
    }
  }

  /** Where a batch ended with a receiver; of one before the first that is known, where the snapshot did. */
  mark(batch: number, receiver: string): Mark {
    const base = this.snapshot?.positions[receiver] ?? this.snapshot?.consumed[receiver] ?? 0
    return this.marks.get(batch)?.get(receiver) ?? { base: Number(base), skip: 0 }
  }

  private marksOf({ batch, inputs }: CheckpointStore.Prepared): ReadonlyMap<string, Mark> {
    return new Map(inputs.map(({ dataUntil, receiver, skip, until }) => {
      const before = this.mark(batch - 1, receiver)
      const end = until ?? dataUntil
      return end === undefined
        ? [receiver, { base: before.base, skip: skip ?? before.skip }] as const
        : [receiver, { base: Number(end), skip: skip ?? 0 }] as const
    }))
  }
}
