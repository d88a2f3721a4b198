/** A checkpoint store in the memory of the process: nothing outlives it, everything else is as on disk. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CheckpointError, type Reason } from "./CheckpointError.ts"
import { CheckpointStore, type Claim, type History, type Journal, type Placed } from "./CheckpointStore.ts"
import type { JournalRecord, Snapshot } from "./JournalRecord.ts"
import { decodeRecord, encodeRecord } from "./records.ts"

/** Encoded, so that what was written is not what a caller goes on changing. */
interface Line {
  readonly lsn: number
  readonly text: string
}

interface Saved {
  readonly reference: string
  readonly batch: number
  readonly keepFrom: number
  readonly text: string
}

/** What is kept of one pipeline. */
interface Kept {
  epoch: number
  /** The claim that has not ended. */
  live: object | undefined
  lines: Array<Line>
  saved: ReadonlyArray<Saved>
  snapshotEnd: number
}

const path = "memory"

const fresh = (): Kept => ({ epoch: 0, live: undefined, lines: [], saved: [], snapshotEnd: 0 })

const lastLsn = (kept: Kept): number => kept.lines.at(-1)?.lsn ?? 0

const historyOf = (kept: Kept, before = Infinity): History => {
  const newest = kept.saved.findLast(({ batch }) => batch < before) ?? kept.saved.at(-1)
  const records: Array<Placed> = []
  for (const { lsn, text } of kept.lines) {
    if (newest !== undefined && lsn < newest.keepFrom) continue
    const record = decodeRecord(text)
    if (record !== undefined) records.push({ lsn, record })
  }
  const snapshot: Snapshot | undefined = newest === undefined ? undefined : JSON.parse(newest.text)
  return { snapshot, records, warnings: [] }
}

/** The journal of one epoch. What it adds after a newer epoch was claimed goes nowhere. */
class MemoryJournal implements Journal {
  private last: number
  private bytes: number

  private readonly pipeline: string
  private readonly kept: Kept
  private readonly epoch: number
  private readonly giveBack: () => void

  constructor(pipeline: string, kept: Kept, giveBack: () => void) {
    this.pipeline = pipeline
    this.kept = kept
    this.epoch = kept.epoch
    this.giveBack = giveBack
    this.last = lastLsn(kept)
    this.bytes = kept.lines.reduce((sum, { lsn, text }) => lsn > kept.snapshotEnd ? sum + text.length : sum, 0)
  }

  readonly append = (records: ReadonlyArray<JournalRecord>): number => {
    for (const record of records) {
      const text = encodeRecord(record)
      this.last++
      this.bytes += text.length
      if (this.kept.epoch === this.epoch) this.kept.lines.push({ lsn: this.last, text })
    }
    return this.last
  }

  readonly sync = Effect.void

  readonly verify = Effect.suspend(() =>
    this.kept.epoch === this.epoch
      ? Effect.void
      : failure(this.pipeline, { _tag: "Fenced", epoch: this.epoch, by: this.kept.epoch })
  )

  readonly snapshot = (snapshot: Snapshot, keepFrom: number): Effect.Effect<void, CheckpointError> =>
    Effect.andThen(
      this.verify,
      Effect.sync(() => {
        const reference = `${this.epoch}-${this.last}`
        const saved = { reference, batch: snapshot.batch, keepFrom: Math.min(keepFrom, this.last + 1), text: JSON.stringify(snapshot) }
        this.append([{ _tag: "SnapshotTaken", batch: snapshot.batch, reference }])
        this.kept.saved = [...this.kept.saved, saved].slice(-2)
        this.kept.snapshotEnd = this.last
        this.bytes = 0
        const needed = Math.min(...this.kept.saved.map(({ keepFrom }) => keepFrom))
        this.kept.lines = this.kept.lines.filter(({ lsn }) => lsn >= needed)
      })
    )

  readonly bytesSinceSnapshot = (): number => this.bytes

  readonly snapshotBytes = (): number => this.kept.saved.at(-1)?.text.length ?? 0

  readonly isPaused = (): boolean => false

  readonly release = (batch: number): Effect.Effect<void, CheckpointError> =>
    Effect.andThen(
      this.verify,
      Effect.sync(() => {
        this.append([{ _tag: "Released", batch }])
        this.giveBack()
      })
    )
}

const failure = (pipeline: string, reason: Reason): Effect.Effect<never, CheckpointError> =>
  Effect.fail(new CheckpointError({ pipeline, path, reason }))

const claimed = (pipeline: string, kept: Kept, giveBack: () => void): Claim => {
  const epoch = kept.epoch
  return {
    epoch,
    read: Effect.sync(() => historyOf(kept)),
    seal: (manifest) =>
      Effect.suspend(() => {
        if (kept.epoch !== epoch) return failure(pipeline, { _tag: "Fenced", epoch, by: kept.epoch })
        const journal = new MemoryJournal(pipeline, kept, giveBack)
        journal.append([{ _tag: "Seal", epoch, manifest }])
        return Effect.succeed(journal)
      })
  }
}

/**
 * Keeps checkpoints in this process: a pipeline that runs again under the same layer goes on where it was; a process
 * that ends forgets.
 *
 * ```ts import.meta.vitest
 * import { CheckpointStore } from "@millrace/core"
 * import { Effect } from "effect"
 *
 * const epochs = Effect.gen(function*() {
 *   const store = yield* CheckpointStore.CheckpointStore
 *   const first = yield* Effect.scoped(store.claim("orders"))
 *   const second = yield* Effect.scoped(store.claim("orders"))
 *   return [first.epoch, second.epoch]
 * })
 * await Effect.runPromise(Effect.provide(epochs, CheckpointStore.layerMemory)) // => [1, 2]
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<CheckpointStore> = Layer.sync(CheckpointStore, () => {
  const pipelines = new Map<string, Kept>()
  const keptOf = (pipeline: string): Kept => {
    const kept = pipelines.get(pipeline) ?? fresh()
    pipelines.set(pipeline, kept)
    return kept
  }
  return CheckpointStore.of({
    durability: "none",
    path,
    claim: (pipeline, options) =>
      Effect.suspend(() => {
        const kept = keptOf(pipeline)
        if (kept.live !== undefined && options?.takeover !== true) {
          return failure(pipeline, { _tag: "CheckpointInUse", epoch: kept.epoch, owner: undefined })
        }
        const token = {}
        kept.live = token
        kept.epoch++
        const giveBack = () => {
          if (kept.live === token) kept.live = undefined
        }
        return Effect.as(Effect.addFinalizer(() => Effect.sync(giveBack)), claimed(pipeline, kept, giveBack))
      }),
    inspect: (pipeline, options) =>
      Effect.sync(() => {
        const kept = pipelines.get(pipeline) ?? fresh()
        return { ...historyOf(kept, options?.before), epoch: kept.epoch, owner: undefined }
      })
  })
})
