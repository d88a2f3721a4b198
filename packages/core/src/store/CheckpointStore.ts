/**
 * The service that makes batches, positions and state durable: journal, snapshots, epochs.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { CheckpointError, Owner } from "./CheckpointError.ts"
import type { JournalRecord, Snapshot } from "./JournalRecord.ts"

/**
 * What a record survives once it is synced. `fsync`: a loss of power. `os`: the end of the process. `none`: nothing,
 * as in memory.
 *
 * @category models
 * @since 0.1.0
 */
export type Durability = "fsync" | "os" | "none"

/**
 * A record with its place. Places go up by one over all epochs of a pipeline.
 *
 * @category models
 * @since 0.1.0
 */
export interface Placed {
  readonly lsn: number
  readonly record: JournalRecord
}

/**
 * What earlier epochs left, as far as it is needed to go on: the newest snapshot that can be read, and the records from
 * where that snapshot needs them. Nothing after the place where an epoch was sealed is in it.
 *
 * @category models
 * @since 0.1.0
 */
export interface History {
  readonly snapshot: Snapshot | undefined
  /** In order. Some may be older than the snapshot; they are told by batch and sequence. */
  readonly records: ReadonlyArray<Placed>
  /** What was found and lived with, in words: an unfinished tail that was dropped, a snapshot that was skipped. */
  readonly warnings: ReadonlyArray<string>
}

/**
 * A claim on a pipeline: from now on older claims are shut out. It may have no effect before `seal`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Claim {
  readonly epoch: number
  /** Makes what earlier epochs wrote durable once more, and reads it. Run after the sinks were opened under this epoch. */
  readonly read: Effect.Effect<History, CheckpointError>
  /** Closes the earlier epochs' journals where `read` found their end, and begins this epoch's. */
  readonly seal: (manifest: unknown) => Effect.Effect<Journal, CheckpointError>
}

/**
 * The journal of one epoch.
 *
 * @category models
 * @since 0.1.0
 */
export interface Journal {
  /**
   * Adds records after all that were added before, all together or, after a crash, perhaps a first part of them. Gives
   * the place of the last one at once; durable after the next `sync`. The caller bounds what is not synced.
   */
  readonly append: (records: ReadonlyArray<JournalRecord>) => number
  /** Succeeds when all that was added before is durable. Calls that wait together share one sync of the disk. */
  readonly sync: Effect.Effect<void, CheckpointError>
  /** Fails with `Fenced` once a newer epoch was claimed. To be run after `sync` and before every effect. */
  readonly verify: Effect.Effect<void, CheckpointError>
  /**
   * Writes a snapshot beside the journal, makes it durable, and adds `SnapshotTaken`. The batch is committed by then.
   * Records that neither this snapshot nor the one before it need may be removed after.
   */
  readonly snapshot: (
    snapshot: Snapshot,
    /** Place of the oldest record that this snapshot needs. */
    keepFrom: number
  ) => Effect.Effect<void, CheckpointError>
  /** Bytes added since the last snapshot was written, and the bytes of that snapshot. */
  readonly bytesSinceSnapshot: () => number
  readonly snapshotBytes: () => number
  /** Whether writing waits for room on the disk. */
  readonly isPaused: () => boolean
  /** Adds `Released`, and gives the claim back: the next one finds nothing to recover. */
  readonly release: (batch: number) => Effect.Effect<void, CheckpointError>
}

/**
 * How a claim is made.
 *
 * @category options
 * @since 0.1.0
 */
export interface ClaimOptions {
  /** Whether an owner that seems alive is shut out instead of refused. Defaults to false. */
  readonly takeover?: boolean | undefined
}

/**
 * Where a pipeline's batches become durable. A run that finds none of these remembers nothing beyond its process.
 *
 * @category services
 * @since 0.1.0
 */
export class CheckpointStore extends Context.Service<CheckpointStore, {
  /** What `sync` gives here, in effect. */
  readonly durability: Durability
  /** Where checkpoints are, for messages. */
  readonly path: string
  /** Claims the pipeline's next epoch. Closing the scope ends the claim without a word, as a crash would. */
  readonly claim: (
    pipeline: string,
    options?: ClaimOptions
  ) => Effect.Effect<Claim, CheckpointError, Scope.Scope>
  /**
   * Reads without claiming, for tools. What a live owner writes meanwhile may be missing. With `before` it goes back to
   * the newest snapshot before that batch, where there still is one.
   */
  readonly inspect: (
    pipeline: string,
    options?: { readonly before?: number | undefined }
  ) => Effect.Effect<History & { readonly epoch: number; readonly owner: Owner | undefined }, CheckpointError>
}>()("@millrace/core/store/CheckpointStore") {}
