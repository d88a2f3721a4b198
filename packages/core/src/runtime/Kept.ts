import type { BatchRef } from "./PipelineError.ts"
import type { Slots } from "./Turn.ts"

/** A delivered batch, with what its stages gave. */
export interface KeptBatch extends BatchRef {
  readonly slots: Slots
}

/** The batches of the last while. */
export class Kept {
  private batches: Array<KeptBatch> = []
  private readonly rememberMillis: number

  constructor(rememberMillis: number) {
    this.rememberMillis = rememberMillis
  }

  /** Called for every delivered batch, in order. Those that are `rememberMillis` older than the newest are let go. */
  add({ id, time }: BatchRef, slots: Slots): void {
    if (this.rememberMillis === 0) return
    this.batches.push({ id, time, slots })
    let old = 0
    while (this.batches[old]!.time <= time - this.rememberMillis) old++
    if (old > 0) this.batches = this.batches.slice(old)
  }

  /** Oldest first; both ends are in. */
  between(from: number, to: number): ReadonlyArray<KeptBatch> {
    return this.batches.filter(({ time }) => time >= from && time <= to)
  }
}
