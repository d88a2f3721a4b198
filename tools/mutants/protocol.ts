/** One mistake each in what keeps records from being lost and doubled: the simulation must notice every one. */
import type { Mutant } from "./Mutant.ts"
import { files, type Mistake } from "./protocolFiles.ts"

/** The mistakes that the model of the protocol knows, made in the code. */
const modelled: ReadonlyArray<Mistake> = [
  {
    name: "A1: an output has a batch that is not durable",
    file: "runtime/Committer.ts",
    source: "      return journal.sync\n    }).pipe(",
    replacement: "      return Effect.void\n    }).pipe(",
    why: "after a loss of power the batch is cut anew, and the output has another of its id"
  },
  {
    name: "A2: an acknowledgement comes before the block is durable",
    file: "runtime/DataLog.ts",
    source: "return this.journal.sync.pipe(",
    replacement: "return Effect.void.pipe(",
    why: "a loss of power takes what nobody will send again"
  },
  {
    name: "A3: an acknowledgement without a look at the epoch",
    file: "runtime/DataLog.ts",
    source: "Effect.andThen(this.journal.verify),",
    replacement: "",
    why: "a run that was shut out acknowledges what its successor never read"
  },
  {
    name: "A4: sinks are not told the epoch",
    file: "runtime/deliver.ts",
    source: "open({ pipeline: plan.pipeline, output: output.name, epoch })",
    replacement: "open({ pipeline: plan.pipeline, output: output.name, epoch: 1 })",
    why: "a sink could not shut out older owners"
  },
  {
    name: "A5: the old journal is read before the sinks shut out its owner",
    file: "runtime/journalled.ts",
    source: "  const claim = yield* failure(store.claim(plan.pipeline, { takeover: settings.takeover }))",
    replacement: "  const claimed = yield* failure(store.claim(plan.pipeline, { takeover: settings.takeover }))\n"
      + "  const early = yield* failure(claimed.read)\n"
      + "  const claim = { ...claimed, read: Effect.succeed(early) }",
    why: "the old owner could deliver one more batch that the new one knows nothing of"
  },
  {
    name: "A6: the old journal is believed without a sync",
    file: "store/fileStore.ts",
    source: "yield* disk.sync(`${layout.journal}/${segment.name}`)",
    replacement: "segment",
    why: "what was in the memory of the machine alone is built upon, and gone with the power"
  },
  {
    name: "A8: what is delivered again is taken in again",
    file: "runtime/DataLog.ts",
    source: "if (known.has(identity) || seen.has(identity)) return false",
    replacement: "if (seen.has(identity)) return false",
    why: "records would be doubled"
  },
  {
    name: "B1: an output without a look at the epoch",
    file: "runtime/Committer.ts",
    source: "      Effect.andThen(journal.verify),\n      Effect.andThen(commitment.follow",
    replacement: "      Effect.andThen(commitment.follow",
    why: "a run that was shut out would write over what its successor wrote"
  },
  {
    name: "B2: a batch that is delivered again has another id",
    file: "runtime/resume.ts",
    source: "const ref: BatchRef = { id: batch, time }",
    replacement: "const ref: BatchRef = { id: batch + 1, time }",
    why: "a sink could not tell a repeat"
  }
]

const runtime: ReadonlyArray<Mistake> = [
  {
    name: "run: a batch is committed before the outputs have it",
    file: "runtime/Committer.ts",
    source: "Effect.andThen(commitment.deliver(pending)),",
    replacement: "Effect.tap(() => Effect.sync(() => "
      + "journal.append([{ _tag: \"Committed\", batch: pending.cut.info.id }]))),\n"
      + "      Effect.andThen(commitment.deliver(pending)),",
    why: "a crash would take the batch from a sink that keeps no record"
  },
  {
    name: "run: a snapshot comes before the commit",
    file: "runtime/Committer.ts",
    source: "      Effect.andThen(commitment.deliver(pending)),",
    replacement: "      Effect.andThen(Effect.suspend(() => "
      + "pending.snapshot === undefined ? Effect.void : snapshot(pending.snapshot))),\n"
      + "      Effect.andThen(commitment.deliver(pending)),",
    why: "the batch would be behind the snapshot and never be delivered"
  },
  {
    name: "run: a snapshot is due while one is on its way",
    file: "runtime/Committer.ts",
    source: "if (pending.snapshot !== undefined) isSnapshotting = true",
    replacement: "",
    why: "an older snapshot could come after a newer one"
  },
  {
    name: "run: keeps too little for a snapshot",
    file: "runtime/Ledger.ts",
    source: "{ content: this.snapshotOf(id, time), keepFrom: Math.min(log.oldest(), place + 1) }",
    replacement: "{ content: this.snapshotOf(id, time), keepFrom: place + 1 }",
    why: "blocks that no batch had taken would be gone"
  },
  {
    name: "run: the first batch of a run has the id of the last",
    file: "store/decideRecovery.ts",
    source: "nextBatch: prepared + 1,",
    replacement: "nextBatch: prepared === 0 ? 1 : prepared,",
    why: "sinks would take it for a repeat"
  },
  {
    name: "run: forgets the time of the last batch",
    file: "store/decideRecovery.ts",
    source: "lastTime: last?.time ?? snapshot?.time ?? 0,",
    replacement: "lastTime: 0,",
    why: "time would go backwards when the wall clock does"
  },
  {
    name: "run: memories are not restored",
    file: "runtime/resume.ts",
    source: "  yield* restorer.into(memories)\n",
    replacement: "",
    why: "totals would begin anew"
  },
  {
    name: "run: the deltas of a batch that is delivered again are left out",
    file: "runtime/resume.ts",
    source: "    const { emitted, missing, prepared } = batch\n    this.take(batch)\n",
    replacement: "    const { emitted, missing, prepared } = batch\n",
    why: "the state would be without that batch"
  },
  {
    name: "run: memories that had a batch take what others left",
    file: "runtime/resume.ts",
    source: "    this.restorer.batch(batch)\n    this.attempt = undefined",
    replacement: "    this.restorer.batch(batch)",
    why: "a batch would be computed again on the state of an older one"
  },
  {
    name: "run: recovery delivers without a look at the epoch",
    file: "runtime/resume.ts",
    source: "        this.journal.sync.pipe(\n          Effect.andThen(this.journal.verify),\n"
      + "          Effect.andThen(Effect.suspend",
    replacement: "        this.journal.sync.pipe(\n          Effect.andThen(Effect.suspend",
    why: "who was shut out during its recovery would still deliver"
  },
  {
    name: "run: a batch says that it ends where the one before it did",
    file: "runtime/prepare.ts",
    source: "return after === undefined ? { ...range, until } : { ...range, after, until }",
    replacement: "return after === undefined ? { ...range, until } : { ...range, after, until: after }",
    why: "records would be read again"
  },
  {
    name: "run: blocks of a batch are counted from the newest one",
    file: "runtime/prepare.ts",
    source: "      const dataAfter = log.consumed(lane)\n      log.took(lane, end.sequence)",
    replacement: "      log.took(lane, end.sequence)\n      const dataAfter = log.consumed(lane)",
    why: "recovery would find the batch empty"
  }
]

const recovery: ReadonlyArray<Mistake> = [
  {
    name: "recovery: takes the last block of the last batch again",
    file: "store/decideRecovery.ts",
    source: "pending: read.data.filter(({ data }) => data.sequence > (ends.consumed.get(data.receiver) ?? 0)),",
    replacement: "pending: read.data.filter(({ data }) => data.sequence >= (ends.consumed.get(data.receiver) ?? 0)),",
    why: "its records would be doubled"
  },
  {
    name: "recovery: leaves the first batch after a snapshot out",
    file: "store/RecordWalk.ts",
    source: "if (prepared.batch >= firstBatch) {",
    replacement: "if (prepared.batch > firstBatch) {",
    why: "a batch that outputs have would be cut again"
  },
  {
    name: "recovery: leaves blocks that no batch took",
    file: "store/decideRecovery.ts",
    source: "pending: read.data.filter(({ data }) => data.sequence > (ends.consumed.get(data.receiver) ?? 0)),",
    replacement: "pending: [],",
    why: "what was acknowledged would be lost"
  },
  {
    name: "recovery: forgets which blocks batches took",
    file: "store/decideRecovery.ts",
    source: "if (dataUntil !== undefined) consumed.set(receiver, dataUntil)",
    replacement: "",
    why: "they would be taken again"
  },
  {
    name: "recovery: forgets where batches ended",
    file: "store/decideRecovery.ts",
    source: "if (until !== undefined) positions.set(receiver, until)",
    replacement: "",
    why: "a log would be read again from the last snapshot"
  },
  {
    name: "recovery: gives sequences a second time",
    file: "store/decideRecovery.ts",
    source: "sequences.set(data.receiver, Math.max(sequences.get(data.receiver) ?? 0, data.sequence))",
    replacement: "",
    why: "two blocks would have one name"
  },
  {
    name: "recovery: forgets what was delivered before",
    file: "store/decideRecovery.ts",
    source: "for (const identity of data.identities) list.push(identity)",
    replacement: "",
    why: "what a source sends again would be taken in again"
  },
  {
    name: "recovery: thinks that an output has one batch more",
    file: "store/decideRecovery.ts",
    source: "lastCommitted >= batch)",
    replacement: "lastCommitted >= batch - 1)",
    why: "the batch would never be delivered"
  }
]

const isolation: ReadonlyArray<Mistake> = [
  {
    name: "isolation: waits for records that find no room",
    file: "runtime/isolatedCut.ts",
    source: " ?? nextLetIn(isolation, inbox)",
    replacement: "",
    why: "where other receivers have filled the buffer no record would ever be taken again"
  },
  {
    name: "isolation: tries before the try is durable",
    file: "runtime/isolatedCut.ts",
    source: "return journal.sync.pipe(\n      Effect.andThen(journal.verify),\n      Effect.andThen(Effect.logWarning",
    replacement: "return Effect.void.pipe(\n      Effect.andThen(Effect.logWarning",
    why: "the next start would try the same again, for ever"
  },
  {
    name: "isolation: forgets that a block was taken in part",
    file: "store/decideRecovery.ts",
    source: "if (skip !== undefined && skip > 0) skips.set(receiver, skip)",
    replacement: "if (skip !== undefined && skip > 0) skips.delete(receiver)",
    why: "the first records of the block would be doubled"
  }
]

const allTestedBy = (mistakes: ReadonlyArray<Mistake>, ...tests: ReadonlyArray<string>): ReadonlyArray<Mutant> =>
  mistakes.map((mistake) => ({ ...mistake, tests }))

export const protocol: ReadonlyArray<Mutant> = [
  ...allTestedBy([...modelled, ...runtime, ...recovery, ...files], "simulation/firstSeeds.test.ts"),
  ...allTestedBy(isolation, "simulation/isolation.test.ts")
]
