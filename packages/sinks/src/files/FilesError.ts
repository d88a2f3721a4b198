import * as Data from "effect/Data"
import { hasProperty } from "effect/Predicate"

/**
 * Why a file could not be written. `DiskFull`, `TooManyOpenFiles`, `NotFound` and `Busy` may pass, and are retryable.
 * `InvalidName`: the output's name or `prefix` and `suffix` cannot be part of a file's name. `Unencodable`: an item
 * could not be made a line; `item` counts from 0 within the batch. `Unknown`: the system gave another code.
 *
 * The rolling form has more. `Fenced`: a newer start writes to the output. `OtherOutput`: the directory and prefix are
 * those of another pipeline or output. `NameTaken`: a part would replace a file of somebody else. `Damaged`: what was
 * written and synced is not there any more as it was. `BadOptions`: an option has a value that makes no sense.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason =
  | { readonly _tag: "PermissionDenied" }
  | { readonly _tag: "ReadOnly" }
  | { readonly _tag: "DiskFull" }
  | { readonly _tag: "FileTooLarge" }
  | { readonly _tag: "NotADirectory" }
  | { readonly _tag: "IsADirectory" }
  | { readonly _tag: "NotFound" }
  | { readonly _tag: "NameTooLong" }
  | { readonly _tag: "TooManyOpenFiles" }
  | { readonly _tag: "Busy" }
  | { readonly _tag: "InvalidName"; readonly name: string }
  | { readonly _tag: "Unencodable"; readonly batchId: number; readonly item: number }
  | { readonly _tag: "Unknown"; readonly code: string }
  | { readonly _tag: "Fenced"; readonly epoch: number; readonly by: number }
  | { readonly _tag: "OtherOutput"; readonly pipeline: string; readonly output: string }
  | { readonly _tag: "NameTaken" }
  | { readonly _tag: "Damaged"; readonly problem: string }
  | { readonly _tag: "BadOptions"; readonly problem: string }

type SystemTag = Exclude<
  Reason["_tag"],
  "InvalidName" | "Unencodable" | "Unknown" | "Fenced" | "OtherOutput" | "NameTaken" | "Damaged" | "BadOptions"
>

const tagOf: Readonly<Record<string, SystemTag>> = {
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  EROFS: "ReadOnly",
  ENOSPC: "DiskFull",
  EDQUOT: "DiskFull",
  EFBIG: "FileTooLarge",
  ENOTDIR: "NotADirectory",
  EEXIST: "NotADirectory",
  EISDIR: "IsADirectory",
  ENOTEMPTY: "IsADirectory",
  ENOENT: "NotFound",
  ENAMETOOLONG: "NameTooLong",
  EMFILE: "TooManyOpenFiles",
  ENFILE: "TooManyOpenFiles",
  EBUSY: "Busy",
  EAGAIN: "Busy",
  EINTR: "Busy",
  EIO: "Busy",
  ESTALE: "Busy",
  ETIMEDOUT: "Busy"
}

const advice: Readonly<Record<SystemTag, string>> = {
  PermissionDenied: "this user may not write there. Change the owner or mode of the directory, or choose another",
  ReadOnly: "the file system is mounted read-only. Mount it writable, or choose another directory",
  DiskFull: "the disk is full or the quota used up. Make room; the batch is tried again",
  FileTooLarge: "the batch is larger than one file may be. Raise the limit, or use a shorter batch interval",
  NotADirectory: "something on the way is a file and not a directory. Move it away, or choose another directory",
  IsADirectory: "a directory stands where the file should go. Move it away, or choose another prefix",
  NotFound: "the directory is gone since it was opened. Bring it back; the batch is tried again",
  NameTooLong: "the name is longer than the file system allows. Choose a shorter prefix or suffix",
  TooManyOpenFiles: "too many files are open. Raise the limit of open files; the batch is tried again",
  Busy: "the device did not answer or gave an error. The batch is tried again"
}

const retryable: ReadonlySet<Reason["_tag"]> = new Set(["DiskFull", "TooManyOpenFiles", "NotFound", "Busy"])

/**
 * A batch could not be written to its file, or the directory could not be opened. No file of that batch is there, or an
 * older complete one; in the rolling form the batch is not in the manifest.
 *
 * @category errors
 * @since 0.1.0
 */
export class FilesError extends Data.TaggedError("FilesError")<{
  readonly reason: Reason
  /** The file or directory that it was about. */
  readonly path: string
  readonly cause?: unknown
}> {
  get isRetryable(): boolean {
    return retryable.has(this.reason._tag)
  }

  override get message(): string {
    return `Cannot write ${this.path}: ${describe(this.reason, this.cause)}`
  }
}

const maxCause = 200

/** What a format threw is the program's own words. */
const causeText = (cause: unknown): string =>
  cause instanceof Error ? `: ${cause.name}: ${cause.message.slice(0, maxCause)}` : `: its format threw a ${typeof cause}`

const describe = (reason: Reason, cause: unknown): string => {
  switch (reason._tag) {
    case "InvalidName":
      return `${JSON.stringify(reason.name)} cannot be part of a file's name. Give a prefix that is not empty and does not ` +
        "begin with a dot, and no part that holds a slash, a backslash, two dots in a row or NUL"
    case "Unencodable":
      return `item ${reason.item} of batch ${reason.batchId} cannot be made a line${causeText(cause)}`
    case "Unknown":
      return `the system said ${reason.code}`
    case "Fenced":
      return `a newer start of the pipeline writes to it (epoch ${reason.by}, this is ${reason.epoch}). ` +
        "Where none runs, the checkpoint was removed or is an old copy: bring the right one back, or also remove the hidden directory with its manifest"
    case "OtherOutput":
      return `output ${JSON.stringify(reason.output)} of pipeline ${JSON.stringify(reason.pipeline)} writes there. Choose ` +
        "another directory or prefix"
    case "NameTaken":
      return "a file of that name is there, and not of this output. Move it away, or choose another prefix"
    case "Damaged":
      return `${reason.problem}. Bring back what was there, or remove the directory to begin anew without it`
    case "BadOptions":
      return reason.problem
    default:
      return advice[reason._tag]
  }
}

/** What a rejected call of the file system means. */
export const fromSystem = (path: string) => (cause: unknown): FilesError => {
  const code = hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : "nothing"
  const tag = tagOf[code]
  return new FilesError({ path, cause, reason: tag === undefined ? { _tag: "Unknown", code } : { _tag: tag } })
}
