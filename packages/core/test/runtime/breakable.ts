/** A journal in memory that a test breaks where it likes, and a receiver that needs one. */
import { CheckpointError, CheckpointStore, DStream, Receiver } from "@millrace/core"
import { Effect, Layer, Schema, Stream } from "effect"
import type { Journal } from "../../src/store/CheckpointStore.ts"
import type { JournalRecord } from "../../src/store/JournalRecord.ts"

/** What a test does to the journal of every epoch. */
export interface Breaks {
  /** So many syncs of a batch fail from now on. */
  syncs: number
  /** Whether they take along what was to be written. */
  loses: boolean
  /** So many looks for a newer epoch give no answer from now on. */
  verifies: number
  /** Called for every snapshot, which then fails with what it gives, or as the journal does. */
  readonly snapshot?: () => unknown
  /** Whether the disk is full: a sync waits for ever. */
  isFull?: boolean
}

export const failedSync = new CheckpointError({
  pipeline: "p",
  path: "memory",
  reason: { _tag: "JournalFailed", operation: "sync", cause: new Error("EIO") }
})

/** What is added waits for a sync, as in a file. */
const breaking = (journal: Journal, breaks: Breaks): Journal => {
  let waiting: Array<JournalRecord> = []
  let isFailed = false
  const write = () => {
    journal.append(waiting)
    waiting = []
  }
  const sync = Effect.suspend(() => {
    if (breaks.isFull === true) return Effect.never
    if (!isFailed && breaks.syncs > 0 && waiting.some(({ _tag }) => _tag === "Prepared")) {
      breaks.syncs--
      isFailed = true
      if (!breaks.loses) write()
    }
    if (isFailed) return Effect.fail(failedSync)
    write()
    return journal.sync
  })
  return {
    append: (records) => {
      waiting.push(...records)
      return journal.append([]) + waiting.length
    },
    sync,
    verify: Effect.suspend(() => {
      if (breaks.verifies === 0) return journal.verify
      breaks.verifies--
      return Effect.never
    }),
    snapshot: (snapshot, keepFrom) =>
      Effect.suspend(() => {
        if (breaks.snapshot === undefined) return Effect.andThen(sync, journal.snapshot(snapshot, keepFrom))
        const told = breaks.snapshot()
        return Effect.fail(told instanceof CheckpointError ? told : failedSync)
      }),
    bytesSinceSnapshot: () => journal.bytesSinceSnapshot(),
    snapshotBytes: () => journal.snapshotBytes(),
    isPaused: () => breaks.isFull === true,
    release: (batch) => Effect.andThen(sync, journal.release(batch))
  }
}

export const breakable = (breaks: Breaks): Layer.Layer<CheckpointStore.CheckpointStore> =>
  Layer.effect(
    CheckpointStore.CheckpointStore,
    Effect.map(CheckpointStore.CheckpointStore, (store): CheckpointStore.CheckpointStore["Service"] => ({
      ...store,
      claim: (pipeline, claimOptions) =>
        Effect.map(store.claim(pipeline, claimOptions), (claim) => ({
          ...claim,
          seal: (manifest) => Effect.map(claim.seal(manifest), (journal) => breaking(journal, breaks))
        }))
    }))
  ).pipe(Layer.provide(CheckpointStore.layerMemory))

/** A receiver whose blocks go into the journal. */
export const written = (blocks: Stream.Stream<Receiver.Block<string>>) =>
  DStream.fromReceiver(Receiver.make<string, string, never>({
    name: "n",
    delivery: "Acknowledged",
    initialRate: Infinity,
    chunk: Schema.String,
    open: () => Effect.succeed(Stream.rechunk(blocks, 1))
  }))
