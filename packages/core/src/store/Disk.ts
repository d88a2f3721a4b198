/**
 * The few things a journal asks of a file system. `@millrace/core/node` has the real one.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Owner } from "./CheckpointError.ts"

/**
 * What a file system refuses.
 *
 * @category errors
 * @since 0.1.0
 */
export class DiskError extends Data.TaggedError("DiskError")<{
  readonly operation: string
  readonly path: string
  readonly reason: "NotFound" | "AlreadyExists" | "Full" | "Refused" | "TooLarge" | "Failed"
  readonly cause?: unknown
}> {
  override get message(): string {
    const detail = this.cause instanceof Error ? `: ${this.cause.message}` : ""
    return `${this.operation} of ${this.path} failed (${this.reason})${detail}`
  }
}

/**
 * A file that is only added to.
 *
 * @category models
 * @since 0.1.0
 */
export interface AppendFile {
  /** Writes all of it, or fails; what a failure leaves in the file is unknown. */
  readonly write: (parts: ReadonlyArray<Uint8Array>) => Effect.Effect<void, DiskError>
  /** Makes what was written durable (`fdatasync`). After a failure nothing is known of what was written before. */
  readonly sync: Effect.Effect<void, DiskError>
}

/**
 * A file system. Paths use `/`. Directories are made for the user alone (0700), files too (0600). Symbolic links are
 * not followed in the last part of a path: they are `Refused`.
 *
 * @category services
 * @since 0.1.0
 */
export class Disk extends Context.Service<Disk, {
  /**
   * Makes it and its parents, durably; it may exist. One that others may write to, of another user, or on a file system
   * of the network, is `Refused`; the last unless `network` allows it.
   */
  readonly makeDirectory: (path: string, options?: { readonly network?: boolean }) => Effect.Effect<void, DiskError>
  /** Names of what is in a directory, sorted. */
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<string>, DiskError>
  readonly exists: (path: string) => Effect.Effect<boolean, DiskError>
  /** A whole regular file. One larger than `maxBytes` is `TooLarge`, before anything is allocated. */
  readonly read: (path: string, maxBytes: number) => Effect.Effect<Uint8Array, DiskError>
  /** Makes a new file with this content and syncs it; `AlreadyExists` if there is one. Its directory is not synced. */
  readonly create: (path: string, content: Uint8Array) => Effect.Effect<void, DiskError>
  /** Makes a new, empty file to add to; `AlreadyExists` if there is one. */
  readonly append: (path: string) => Effect.Effect<AppendFile, DiskError, Scope.Scope>
  /** Makes a file's content, or a directory's entries, durable. */
  readonly sync: (path: string) => Effect.Effect<void, DiskError>
  /** Replaces what has the new name. Durable once the directories are synced. */
  readonly rename: (from: string, to: string) => Effect.Effect<void, DiskError>
  /** Removes a file, or a directory with all that is in it; succeeds if there is none. */
  readonly remove: (path: string) => Effect.Effect<void, DiskError>
  /** This process. */
  readonly owner: Owner
  /** Whether that process is alive, as far as can be told. */
  readonly isAlive: (owner: Owner) => Effect.Effect<boolean>
}>()("@millrace/core/store/Disk") {}
