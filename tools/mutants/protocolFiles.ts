/** The part of the protocol that is in files: what is durable when, and what is read again. */
import type { Mutant } from "./Mutant.ts"

/** The tests are the same for all: seeds. */
export type Mistake = Omit<Mutant, "tests">

export const files: ReadonlyArray<Mistake> = [
  {
    name: "files: acknowledge what is not durable",
    file: "store/SegmentWriter.ts",
    source: "if (this.options.sync) yield* sure(open.file.sync)",
    replacement: "",
    why: "a loss of power would take it"
  },
  {
    name: "files: the name of a segment is not durable",
    file: "store/SegmentWriter.ts",
    source: "yield* sure(this.disk.sync(this.layout.journal))",
    replacement: "",
    why: "a loss of power would take the segment"
  },
  {
    name: "files: the names in a snapshot are not durable",
    file: "store/SnapshotShelf.ts",
    source: "      yield* disk.sync(folder)\n",
    replacement: "",
    why: "the journal would name a snapshot whose files are not there"
  },
  {
    name: "files: segments leave without a sync between them",
    file: "store/SegmentWriter.ts",
    source: "        if (this.options.sync) yield* this.disk.sync(this.layout.journal)\n        this.closed.shift()",
    replacement: "        this.closed.shift()",
    why: "a loss of power could leave a gap, which looks like damage"
  },
  {
    name: "files: a segment leaves that is needed",
    file: "store/SegmentWriter.ts",
    source: "oldest.last >= keepFrom) return",
    replacement: "oldest.last > keepFrom) return",
    why: "a record that recovery needs would be gone"
  },
  {
    name: "files: look for the epoch after the next",
    file: "store/FileJournal.ts",
    source: "disk.exists(`${layout.epochs}/${epochName(epoch + 1)}`)",
    replacement: "disk.exists(`${layout.epochs}/${epochName(epoch + 2)}`)",
    why: "the first successor would not be seen"
  },
  {
    name: "files: a group counts as durable with one record more",
    file: "store/FileJournal.ts",
    source: "this.durable += entries.length",
    replacement: "this.durable += entries.length + 1",
    why: "a record would be acknowledged that nobody wrote"
  },
  {
    name: "files: say that what is being written is durable",
    file: "store/FileJournal.ts",
    source: "this.writer.write(entries, bytes, this.durable)",
    replacement: "this.writer.write(entries, bytes, this.durable + entries.length)",
    why: "an unfinished tail would look like damage"
  },
  {
    name: "files: META.json may be there in part",
    file: "store/meta.ts",
    source: "  const own = yield* createUnder(disk, `${layout.meta}.${disk.owner.process}`, content)\n",
    replacement: "  const own = \"\"\n  yield* Effect.ignore(disk.create(layout.meta, content))\n",
    why: "a start that is cut short would make all later ones fail"
  },
  {
    name: "files: the seal names a place too early",
    file: "store/seal.ts",
    source: "sealLsn: chain.last + 1",
    replacement: "sealLsn: Math.max(1, chain.last)",
    why: "the last record of the epoch before would be taken for added after the seal"
  }
]
