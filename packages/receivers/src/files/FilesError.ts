/** Why files could not be read. */
import { Lines } from "@millrace/core"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/** There is no file of that name, or no longer. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {}) {
  readonly isRetryable = false
  override get message() {
    return "there is nothing of this name; check the path, and leave files where they are until they were read"
  }
}

/** This user may not read it. */
export class PermissionDenied extends Schema.TaggedError<PermissionDenied>()("PermissionDenied", {}) {
  readonly isRetryable = false
  override get message() {
    return "this user may not read it; change its owner or mode"
  }
}

/** What is there is no file with content of its own. Reading it could wait for ever, or never end. */
export class NotAFile extends Schema.TaggedError<NotAFile>()("NotAFile", {
  kind: Schema.Literals(["symbolic link", "pipe", "socket", "device", "directory", "something else"])
}) {
  readonly isRetryable = false
  override get message() {
    return `it is a ${this.kind}; only regular files are read: move it away, or leave it out with filter`
  }
}

/** The path leads out of the directory that it has to stay in. */
export class OutsideRoot extends Schema.TaggedError<OutsideRoot>()("OutsideRoot", {
  root: Schema.String
}) {
  readonly isRetryable = false
  override get message() {
    return `it leads out of ${this.root}; choose a path inside, or another root`
  }
}

/** A name whose bytes are not UTF-8: it could not be written down in a checkpoint. */
export class InvalidName extends Schema.TaggedError<InvalidName>()("InvalidName", {}) {
  readonly isRetryable = false
  override get message() {
    return "a name in it is not UTF-8; rename that file"
  }
}

/** A file is not the one whose reading began. */
export class FileChanged extends Schema.TaggedError<FileChanged>()("FileChanged", {
  /**
   * `"shrunk"`: it is shorter than it was. `"replaced"`: another file has its name. `"rewritten"`: it was written to
   * and is no longer than before. `"continued"`: its last line had no ending, was taken for whole, and goes on.
   * `"others"`: files came or went between two that were read before. `"taken"`: it changed after all of it was read.
   * `"lost"`: a file that grows was taken away, or cut off without a copy, before its end was read.
   */
  how: Schema.Literals(["shrunk", "replaced", "rewritten", "continued", "others", "taken", "lost"])
}) {
  readonly isRetryable = false
  override get message() {
    if (this.how === "taken") {
      return "it is not what it was when it was read; give new content a new name, or choose onChanged: \"read\" or \"skip\""
    }
    if (this.how === "lost") {
      return "the rest of it is not there any more; keep rotated files beside it until they were read, or choose onLost: \"report\""
    }
    return `it was ${this.how === "others" ? "joined or left by other files" : this.how} since its reading began; ` +
      "move files here when they are complete, and leave them as they are until they were read"
  }
}

/** A record is not what the format or its schema asks for. */
export class InvalidRecord extends Schema.TaggedError<InvalidRecord>()("InvalidRecord", {
  /** Counted from 1, in its file; a header row and blank lines count too. */
  record: Schema.Int,
  /** Where it begins, in bytes from the start of what the file holds. */
  offset: Schema.Int,
  /**
   * `"utf8"`: bytes that are not UTF-8. `"json"`: no JSON. `"csv"`: quotes that do not match. `"columns"`: more or fewer
   * fields than the header. `"header"`: a name stands there twice. `"schema"`: a value that the schema refuses.
   * `"cut off"`: the file ends within it.
   */
  problem: Schema.Literals(["utf8", "json", "csv", "columns", "header", "schema", "cut off"])
}) {
  readonly isRetryable = false
  override get message() {
    return `record ${this.record}, at byte ${this.offset}, is invalid (${this.problem}); correct it, or pass such records ` +
      `over with onInvalid: "skip"`
  }
}

/** A record, or a whole file, is larger than allowed. What it holds was not kept. */
export class RecordTooLong extends Schema.TaggedError<RecordTooLong>()("RecordTooLong", {
  record: Schema.Int,
  offset: Schema.Int,
  /** In bytes. */
  limit: Schema.Int
}) {
  readonly isRetryable = false
  override get message() {
    return `record ${this.record}, at byte ${this.offset}, is longer than ${this.limit} bytes; raise the limit of the format`
  }
}

/** A compressed file cannot be decompressed: it is damaged, cut off, or compressed otherwise. */
export class NotDecompressed extends Schema.TaggedError<NotDecompressed>()("NotDecompressed", { code: Schema.String }) {
  readonly isRetryable = false
  override get message() {
    return `it could not be decompressed (${this.code}); files have to be complete when they appear`
  }
}

/** A compressed file holds more than allowed. */
export class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", {
  limit: Schema.Number,
  unit: Schema.Literals(["bytes", "times its size"])
}) {
  readonly isRetryable = false
  override get message() {
    return `it holds more than ${this.limit} ${this.unit}; raise the limit of decompression if that is meant to be`
  }
}

/** A package that an option needs is not installed. */
export class MissingPackage extends Schema.TaggedError<MissingPackage>()("MissingPackage", { package: Schema.String }) {
  readonly isRetryable = false
  override get message() {
    return `the package ${this.package} is needed; install it`
  }
}

/** So many files were taken and still lie there that no more can be remembered. */
export class TooManyFiles extends Schema.TaggedError<TooManyFiles>()("TooManyFiles", { limit: Schema.Int }) {
  readonly isRetryable = false
  override get message() {
    return `${this.limit} files that were read still lie there, and no more can be remembered; move them away, raise ` +
      `maxRemembered, or let the oldest be forgotten with onFull: "forget"`
  }
}

/** A file came late: it was written before files that are forgotten, so nobody can know whether it was read. */
export class TooOld extends Schema.TaggedError<TooOld>()("TooOld", {}) {
  readonly isRetryable = false
  override get message() {
    return "it was last written before files that are forgotten already, and is not read; touch it to have it read"
  }
}

/** Which files were read is not remembered any more. */
export class Forgotten extends Schema.TaggedError<Forgotten>()("Forgotten", { limit: Schema.Int }) {
  readonly isRetryable = false
  override get message() {
    return `a batch holds more than ${this.limit} files, and cannot be read again; raise maxRemembered, or lower maxRate`
  }
}

/** The device or the system could not, just then. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", { code: Schema.String }) {
  readonly isRetryable = true
  override get message() {
    return `the system could not read it (${this.code}); it is tried again`
  }
}

/** The system refused for a reason of its own. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", { code: Schema.String }) {
  readonly isRetryable = false
  override get message() {
    return `the system refused (${this.code})`
  }
}

/** An option has a value that cannot be used. */
export class InvalidOption extends Schema.TaggedError<InvalidOption>()("InvalidOption", {
  option: Schema.String,
  expected: Schema.String
}) {
  readonly isRetryable = false
  override get message() {
    return `${this.option} must be ${this.expected}`
  }
}

export const Reason = Schema.Union([
  NotFound,
  PermissionDenied,
  NotAFile,
  OutsideRoot,
  InvalidName,
  FileChanged,
  InvalidRecord,
  RecordTooLong,
  NotDecompressed,
  TooLarge,
  MissingPackage,
  TooManyFiles,
  TooOld,
  Forgotten,
  Unavailable,
  Refused,
  InvalidOption,
  Lines.LineTooLong,
  Lines.InvalidUtf8
])

/** @category errors @since 0.1.0 */
export type Reason = typeof Reason.Type

/**
 * What the file receivers fail with. Branch on `reason`; the supervisor asks it `isRetryable`.
 *
 * @category errors
 * @since 0.1.0
 */
export class FilesError extends Schema.TaggedError<FilesError>()("FilesError", {
  /** The receiver's name. */
  receiver: Schema.String,
  /** The file or directory that it was about. */
  path: Schema.String,
  reason: Reason
}) {
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
  override get message() {
    return `receiver "${this.receiver}", ${JSON.stringify(this.path)}: ${this.reason.message}`
  }
}

const passing: ReadonlySet<string> = new Set(["EIO", "EAGAIN", "EBUSY", "EINTR", "EMFILE", "ENFILE", "ENOMEM", "ESTALE", "ETIMEDOUT"])

/** What an error of the file system means. */
export const reasonOfSystem = (error: unknown): Reason => {
  const code = Predicate.hasProperty(error, "code") && typeof error.code === "string" ? error.code : "UNKNOWN"
  if (code === "ENOENT" || code === "ENOTDIR") return new NotFound()
  if (code === "EACCES" || code === "EPERM") return new PermissionDenied()
  // So says an opening that does not follow links.
  if (code === "ELOOP" || code === "EMLINK") return new NotAFile({ kind: "symbolic link" })
  if (code === "ENXIO") return new NotAFile({ kind: "socket" })
  return passing.has(code) ? new Unavailable({ code }) : new Refused({ code })
}
