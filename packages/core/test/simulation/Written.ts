/** All that was ever given to a journal: what is read must be among it, whatever became of the disk. */
import type { CheckpointStore } from "@millrace/core"

export class Written {
  private readonly records = new Set<string>()
  private readonly snapshots = new Set<string>()

  add(lsn: number, record: CheckpointStore.JournalRecord): void {
    this.records.add(`${lsn} ${JSON.stringify(record)}`)
  }

  addSnapshot(snapshot: CheckpointStore.Snapshot): void {
    this.snapshots.add(textOf(snapshot))
  }

  /** What was read of it and never written, if there is such a thing. */
  other({ records, snapshot }: CheckpointStore.History): string | undefined {
    if (snapshot !== undefined && !this.snapshots.has(textOf(snapshot))) return `a snapshot of batch ${snapshot.batch}`
    // What journals add to themselves was not given to them.
    const wrong = records.find(({ lsn, record }) =>
      !own.has(record._tag) && !this.records.has(`${lsn} ${JSON.stringify(record)}`))
    return wrong === undefined ? undefined : `record ${wrong.lsn} (${wrong.record._tag})`
  }
}

const own: ReadonlySet<string> = new Set(["Seal", "SnapshotTaken", "Released"])

const textOf = ({ batch, consumed, identities, positions, states, time }: CheckpointStore.Snapshot): string =>
  JSON.stringify([batch, time, positions, consumed, identities, states])
