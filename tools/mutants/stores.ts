/** One mistake each in what makes checkpoints durable. */
import type { Mutant } from "./Mutant.ts"

/** What is written, and when it is durable. */
const writing: ReadonlyArray<Mutant> = [
  {
    name: "journal: acknowledges what is not durable",
    file: "store/SegmentWriter.ts",
    source: "if (this.options.sync) yield* sure(open.file.sync)",
    replacement: "",
    why: "a sink would see a batch that a loss of power takes back",
    tests: ["store/order.test.ts"]
  },
  {
    name: "journal: uses a segment whose name is not durable",
    file: "store/SegmentWriter.ts",
    source: "yield* sure(this.disk.sync(this.layout.journal))",
    replacement: "",
    why: "a loss of power would take a whole segment of acknowledged records",
    tests: ["store/order.test.ts"]
  },
  {
    name: "journal: tries a sync again that failed",
    file: "store/SegmentWriter.ts",
    source: 'reason: "Failed", cause })',
    replacement: 'reason: "Full", cause })',
    why: "what the file holds is not known, and would be acknowledged",
    tests: ["store/diskFailures.test.ts"]
  },
  {
    name: "journal: goes on in a file whose write was cut short",
    file: "store/FileJournal.ts",
    source: "      yield* this.writer.close\n      if",
    replacement: "      if",
    why: "everything after the cut would look like damage",
    tests: ["store/diskFailures.test.ts"]
  },
  {
    name: "journal: waits for room for ever",
    file: "store/FileJournal.ts",
    source: "yield* restore(Effect.sleep(fullRetry))\n      yield* this.verify",
    replacement: "yield* restore(Effect.sleep(fullRetry))",
    why: "a run that was taken over would never stop",
    tests: ["store/diskFailures.test.ts"]
  },
  {
    name: "journal: keeps the rest of a queue that grew while it was written",
    file: "store/FileJournal.ts",
    source: "this.queue.splice(0, entries.length)",
    replacement: "this.queue.splice(0)",
    why: "records that were added during a write would be lost",
    tests: ["store/groups.test.ts", "store/order.test.ts"]
  },
  {
    name: "snapshot: removes segments that the one before it needs",
    file: "store/SnapshotShelf.ts",
    source: "Math.min(before.keepFrom, stored.keepFrom)",
    replacement: "stored.keepFrom",
    why: "a snapshot that rots could not be replaced by the one before it",
    tests: ["store/order.test.ts", "store/torture.test.ts"]
  },
  {
    name: "snapshot: is named before its files are durable",
    file: "store/SnapshotShelf.ts",
    source: "yield* disk.sync(layout.snapshots)",
    replacement: "",
    why: "the journal would name a snapshot that a loss of power takes away",
    tests: ["store/order.test.ts"]
  }
]

/** What is believed of what was written. */
const reading: ReadonlyArray<Mutant> = [
  {
    name: "reading: believes what may be in memory alone",
    file: "store/fileStore.ts",
    source: "yield* disk.sync(`${layout.journal}/${segment.name}`)",
    replacement: "yield* Effect.void",
    why: "a loss of power would take records that outputs were built on",
    tests: ["store/order.test.ts"]
  },
  {
    name: "reading: drops what was durable",
    file: "store/chain.ts",
    source: "open && next === undefined && durable <= reached",
    replacement: "open && next === undefined",
    why: "damage to acknowledged records would pass for an unfinished tail",
    tests: ["store/torture.test.ts"]
  },
  {
    name: "reading: refuses an unfinished tail",
    file: "store/chain.ts",
    source: "open && next === undefined && durable <= reached",
    replacement: "open && next === undefined && durable < reached",
    why: "a pipeline would not start after a crash",
    tests: ["store/torture.test.ts", "store/fileStore.test.ts"]
  },
  {
    name: "reading: follows the epoch before instead of the one that was read",
    file: "store/chain.ts",
    source: "inOrder(epochs.get(header.previousEpoch))",
    replacement: "inOrder(epochs.get(header.epoch - 1))",
    why: "records of a run that was passed over would count",
    tests: ["store/epochs.test.ts"]
  },
  {
    name: "reading: takes what was added after a seal",
    file: "store/chain.ts",
    source: "readSealed(before, header)",
    replacement: "readEpoch(before, header.sealLsn, false)",
    why: "a run that was shut out would have its last word",
    tests: ["store/epochs.test.ts", "store/fileStore.test.ts"]
  },
  {
    name: "reading: takes what was written again after a seal for what the seal follows",
    file: "store/chain.ts",
    source: "readSealed(before, header)",
    replacement: "readEpoch(before, header.sealLsn - 1, false)",
    why: "a journal that a full disk was tried for twice would look damaged",
    tests: ["store/refusedTwice.test.ts"]
  },
  {
    name: "frames: believe a length",
    file: "store/frames.ts",
    source: "length > bytes.length - start",
    replacement: "length > 2 ** 31",
    why: "a damaged length would reach beyond the file",
    tests: ["store/fuzz.test.ts", "store/torture.test.ts"]
  },
  {
    name: "frames: leave the length out of the checksum",
    file: "store/frames.ts",
    source: "crc32c(bytes, offset, offset + 4, salt)",
    replacement: "0",
    why: "bytes of an old segment would be records",
    tests: ["store/fuzz.test.ts", "store/scanSegment.test.ts"]
  },
  {
    name: "snapshot: is read unchecked",
    file: "store/snapshots.ts",
    source: "crc32c(content) !== file.crc",
    replacement: "false",
    why: "a rotten snapshot would be restored",
    tests: ["store/torture.test.ts"]
  }
]

/** Who may write. */
const claims: ReadonlyArray<Mutant> = [
  {
    name: "claim: takes the epoch of one that lives",
    file: "store/epochs.ts",
    source: "(yield* disk.isAlive(owner))",
    replacement: "false",
    why: "two runs would take turns in shutting each other out",
    tests: ["store/epochs.test.ts"]
  },
  {
    name: "claim: takes its own live epoch",
    file: "store/epochs.ts",
    source: "if (local.live !== undefined) return",
    replacement: "if (local.live === disk) return",
    why: "a process could run a pipeline twice",
    tests: ["store/fileStore.test.ts"]
  },
  {
    name: "claim: the end of an old one frees the new one",
    file: "store/epochs.ts",
    source: "if (local.live === token) local.live = undefined",
    replacement: "local.live = undefined",
    why: "a run that was shut out would open the door to a third",
    tests: ["store/fileStore.test.ts"]
  },
  {
    name: "claim: is not durable",
    file: "store/epochs.ts",
    source: "disk.sync(layout.epochs)",
    replacement: "Effect.void",
    why: "after a loss of power two runs would have the same epoch",
    tests: ["store/order.test.ts"]
  },
  {
    name: "memory: one that was shut out writes on",
    file: "store/memoryStore.ts",
    source: "if (this.kept.epoch === this.epoch) this.kept.lines.push",
    replacement: "if (this.kept.epoch > 0) this.kept.lines.push",
    why: "its records would count",
    tests: ["store/memoryStore.test.ts"]
  }
]

export const stores: ReadonlyArray<Mutant> = [...writing, ...reading, ...claims]
