/**
 * Why a checkpoint could not be opened, read or written.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { Change } from "./Manifest.ts"

/**
 * Who claimed an epoch: enough to tell whether it still runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Owner {
  readonly host: string
  readonly process: number
  /** Tells one boot of the machine from the next, since process numbers begin anew. */
  readonly boot: string
  /** When the process started, in milliseconds from a beginning that stays while `boot` does. */
  readonly startedAt: number
}

/** @since 0.1.0 */
export type Reason =
  /** Another run of the pipeline is alive. `takeover: true` shuts it out and goes on in its place. */
  | { readonly _tag: "CheckpointInUse"; readonly epoch: number; readonly owner: Owner | undefined }
  /** A newer epoch was claimed: this run may have no effect any more. */
  | { readonly _tag: "Fenced"; readonly epoch: number; readonly by: number }
  | { readonly _tag: "PipelineMismatch"; readonly found: string }
  | { readonly _tag: "FormatTooNew"; readonly found: number; readonly known: number }
  /** Something that was durable is damaged. Nothing is guessed: `millrace checkpoint repair` is an explicit act. */
  | { readonly _tag: "JournalCorrupt"; readonly segment: string | undefined; readonly offset: number; readonly lsn: number }
  /** A sink has a batch that the journal knows nothing of: the journal is older than the sink. */
  | { readonly _tag: "JournalLost"; readonly output: string; readonly committed: number; readonly prepared: number }
  /** A write or sync failed, and what the file holds is unknown until it is read again under a new epoch. */
  | { readonly _tag: "JournalFailed"; readonly operation: string; readonly cause: unknown }
  /** No snapshot can be read, and the journal does not reach back to the beginning. */
  | { readonly _tag: "SnapshotCorrupt"; readonly references: ReadonlyArray<string> }
  | { readonly _tag: "CheckpointIncompatible"; readonly changes: readonly [Change, ...ReadonlyArray<Change>] }
  /** A batch that was prepared came out differently when it was computed again, after an output may have seen it. */
  | { readonly _tag: "NondeterministicBatch"; readonly batch: number; readonly output: string }
  /** The input of a prepared batch cannot be read again. */
  | { readonly _tag: "InputGone"; readonly batch: number; readonly receiver: string; readonly problem: string }
  /** No such batch can be had: it is before the newest snapshot, or never was. */
  | {
    readonly _tag: "BatchGone"
    readonly batch: number
    readonly oldest: number | undefined
    readonly newest: number | undefined
  }
  /** There is nothing under this name, or something where there must be nothing. */
  | { readonly _tag: "Refused"; readonly problem: string }
  /** The store itself failed: a directory that cannot be used, a database that does not answer. */
  | { readonly _tag: "StoreFailed"; readonly operation: string; readonly cause: unknown; readonly retryable: boolean }

/**
 * What goes wrong with checkpoints. The message says what, where and what to do; it never holds a record.
 *
 * @category errors
 * @since 0.1.0
 */
export class CheckpointError extends Data.TaggedError("CheckpointError")<{
  readonly pipeline: string
  /** The directory, or the table, that it happened in. */
  readonly path: string
  readonly reason: Reason
}> {
  /** Whether the same run may succeed when it is started again as it is. */
  get isRetryable(): boolean {
    return this.reason._tag === "JournalFailed" || this.reason._tag === "StoreFailed" && this.reason.retryable
  }

  override get message(): string {
    return `The checkpoint of pipeline ${JSON.stringify(this.pipeline)} in ${this.path} ${describe(this.reason)}`
  }
}

const describe = (reason: Reason): string => {
  switch (reason._tag) {
    case "CheckpointInUse":
      return `is in use: epoch ${reason.epoch} belongs to ${ownerText(reason.owner)}. Stop it, or start with ` +
        "takeover: true among the options of Pipeline.make to shut it out"
    case "Fenced":
      return `was taken over: epoch ${reason.by} was claimed after epoch ${reason.epoch}, which ends here`
    case "PipelineMismatch":
      return `belongs to pipeline ${JSON.stringify(reason.found)}. Give each pipeline a directory of its own`
    case "FormatTooNew":
      return `has format ${reason.found}, and this version knows formats up to ${reason.known}. Use a newer version`
    case "JournalCorrupt":
      return `is damaged: ${placeText(reason)}, which was durable. Restore a copy` +
        (reason.segment !== undefined && reason.lsn > 1 ? `, or give up what follows with \`millrace checkpoint repair --until ${reason.lsn - 1}\`` : "")
    case "JournalLost":
      return `is older than its outputs: output ${JSON.stringify(reason.output)} has batch ${reason.committed}, and the ` +
        `journal ends with batch ${reason.prepared}. Restore the newer checkpoint, or give the output another name to begin anew`
    case "JournalFailed":
      return `could not be written (${reason.operation}): ${causeText(reason.cause)}`
    case "SnapshotCorrupt":
      return `has no snapshot that can be read, of ${reason.references.join(", ")}. Restore a copy`
    case "CheckpointIncompatible":
      return `does not fit the pipeline:\n${reason.changes.map((change) => `- ${change.problem}. ${change.remedy}`).join("\n")}`
    case "NondeterministicBatch":
      return `holds batch ${reason.batch}, which came out differently for output ${JSON.stringify(reason.output)} when it ` +
        "was computed again. Turn the outbox on for pipelines whose functions are not pure"
    case "InputGone":
      return `holds batch ${reason.batch}, whose input from receiver ${JSON.stringify(reason.receiver)} cannot be read ` +
        `again: ${reason.problem}`
    case "BatchGone":
      return reason.oldest === undefined
        ? `has no batch ${reason.batch}: all that it holds is in a snapshot`
        : `has no batch ${reason.batch}: those from ${reason.oldest} to ${reason.newest ?? reason.oldest} can be had`
    case "Refused":
      return reason.problem
    case "StoreFailed":
      return `failed at ${reason.operation}: ${causeText(reason.cause)}`
  }
}

const placeText = ({ lsn, offset, segment }: Extract<Reason, { readonly _tag: "JournalCorrupt" }>): string =>
  segment === undefined
    ? `no segment of the journal is there, from record ${lsn} on`
    : `segment ${segment}, byte ${offset}, near record ${lsn}`

const ownerText = (owner: Owner | undefined): string =>
  owner === undefined ? "another process" : `process ${owner.process} on ${owner.host}`

const causeText = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)
