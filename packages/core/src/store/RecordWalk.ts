/** One walk over the records of a journal, in their order: what belongs to which batch. */
import type { Placed } from "./CheckpointStore.ts"
import type { Attempt, Changed, Committed, Data, Emitted, Prepared, Snapshot, Suspicion } from "./JournalRecord.ts"

/** A block of the journal with its place. */
export interface PlacedData {
  readonly lsn: number
  readonly data: Data
}

/** A batch that was prepared, with all that stands before its `Prepared`. */
export interface PreparedRecords {
  readonly prepared: Prepared
  readonly changes: ReadonlyArray<Changed>
  readonly emitted: ReadonlyArray<Emitted>
  /** How many epochs had begun: the manifest that holds for it. */
  readonly era: number
}

export class RecordWalk {
  /** From the first batch that was asked for on, by id. */
  readonly batches: Array<PreparedRecords> = []
  readonly data: Array<PlacedData> = []
  readonly manifests: Array<unknown> = []
  dirtyStarts = 0
  attempted: Attempt | undefined = undefined
  private readonly committed = new Map<number, Set<string> | "all">()
  private changes: Array<Changed> = []
  private emitted: Array<Emitted> = []

  /** Whether a batch of records was prepared, or something was said, since the last start. */
  private isClean = false

  constructor(records: ReadonlyArray<Placed>, snapshot: Snapshot | undefined) {
    const firstBatch = (snapshot?.batch ?? 0) + 1
    const taken = records.findLastIndex(({ record }) => record._tag === "SnapshotTaken" && record.batch === snapshot?.batch)
    records.forEach((placed, index) => {
      if (index === taken && snapshot?.suspicion !== undefined) this.suspect(snapshot.suspicion)
      this.take(placed, firstBatch)
    })
  }

  isCommitted(batch: number, output: string): boolean {
    const outputs = this.committed.get(batch)
    return outputs === "all" || outputs?.has(output) === true
  }

  private take({ lsn, record }: Placed, firstBatch: number): void {
    switch (record._tag) {
      case "Seal":
        this.drop()
        this.manifests.push(record.manifest)
        this.dirtyStarts++
        this.isClean = false
        return
      case "Data":
        this.data.push({ lsn, data: record })
        return
      case "Changed":
        this.changes.push(record)
        return
      case "Emitted":
        this.emitted.push(record)
        return
      case "Prepared":
        return this.prepared(record, firstBatch)
      case "Committed":
        return this.commit(record)
      case "Attempt":
        this.attempted = record
        return
      case "Released":
      case "Failed":
        return this.clean()
      case "SnapshotTaken":
    }
  }

  private prepared(prepared: Prepared, firstBatch: number): void {
    const own = <A extends { readonly batch: number }>(list: ReadonlyArray<A>) =>
      list.filter(({ batch }) => batch === prepared.batch)
    if (prepared.batch >= firstBatch) {
      // Prepared again: that one and all after it are as if they had never been.
      while ((this.batches.at(-1)?.prepared.batch ?? 0) >= prepared.batch) this.batches.pop()
      this.batches.push({
        prepared,
        changes: own(this.changes),
        emitted: own(this.emitted),
        era: this.manifests.length
      })
    }
    this.drop()
    // A batch of nothing says nothing about the records that ended the process.
    if (prepared.inputs.some(({ records }) => records > 0)) this.clean()
  }

  private commit({ batch, output }: Committed): void {
    const before = this.committed.get(batch)
    if (output === undefined) this.committed.set(batch, "all")
    else if (before !== "all") this.committed.set(batch, new Set(before).add(output))
  }

  private drop(): void {
    this.changes = []
    this.emitted = []
  }

  /** The starts before a snapshot may be cut off with their records. */
  private suspect({ attempted, dirtyStarts }: Suspicion): void {
    if (this.isClean) return
    this.dirtyStarts = Math.max(this.dirtyStarts, dirtyStarts)
    this.attempted ??= attempted
  }

  private clean(): void {
    this.isClean = true
    this.dirtyStarts = 0
    this.attempted = undefined
  }
}
