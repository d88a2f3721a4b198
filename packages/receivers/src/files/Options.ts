/** What the file receivers may be told. */
import type { Lines, Receiver } from "@millrace/core"
import type * as Duration from "effect/Duration"
import type * as Schema from "effect/Schema"

/**
 * What is read, and in which pieces.
 *
 * @category options
 * @since 0.1.0
 */
export interface PathOptions extends Receiver.Options {
  readonly path: string
  /** Where `path` has to lead to, links followed: elsewhere it is refused. For paths that come from outside. */
  readonly root?: string | undefined
  /** About how many bytes make a block: what is read at once, and the least that a batch takes. Defaults to 128 KiB. */
  readonly blockBytes?: number | undefined
}

/**
 * How text is read.
 *
 * @category options
 * @since 0.1.0
 */
export interface TextOptions extends Pick<Lines.Options, "maxLineLength" | "onLongLine" | "onInvalidUtf8"> {
  /** How bytes are text. Defaults to `"utf8"`. */
  readonly encoding?: "utf8" | "latin1" | undefined
}

/**
 * How compressed files are read.
 *
 * @category options
 * @since 0.1.0
 */
export interface CompressionOptions {
  /** How files are compressed. `"auto"` (the default): those whose names end with `.gz` or `.zst` are. */
  readonly compression?: "auto" | "none" | "gzip" | "zstd" | undefined
  /** The most bytes that a file may hold once it is decompressed. Defaults to 16 GiB. */
  readonly maxDecompressedBytes?: number | undefined
  /** How many times larger than the file that may be, once it is more than 16 MiB. Defaults to 1,000. */
  readonly maxDecompressionRatio?: number | undefined
}

/**
 * Which files are read.
 *
 * @category options
 * @since 0.1.0
 */
export interface ReadOptions extends PathOptions, CompressionOptions {
  /** A file, or a directory whose files are read in the order of their names. */
  readonly path: string
  /**
   * Which names of a directory are read. Defaults to those that do not begin with a dot. Directories are never
   * descended into.
   */
  readonly filter?: ((name: string) => boolean) | undefined
}

/**
 * Which files are read, and how their lines are.
 *
 * @category options
 * @since 0.1.0
 */
export interface LineOptions extends ReadOptions, TextOptions {}

/**
 * Which files of a directory are taken when they appear, and what of them is remembered.
 *
 * @category options
 * @since 0.1.0
 */
export interface WatchOptions extends PathOptions, CompressionOptions {
  /** The directory. It has to be there at the first start. */
  readonly path: string
  /**
   * Which names: a pattern such as `"*.csv"` or `"{eu,us}/*.json"`, for the name below `path`, with `/`
   * between directories. Defaults to all.
   */
  readonly glob?: string | undefined
  /** Which names, beside `glob`. */
  readonly filter?: ((name: string) => boolean) | undefined
  /** Whether names are read that begin with `.` or `_` or end with `.tmp`. Defaults to `false`. */
  readonly includeHidden?: boolean | undefined
  /** Whether directories in it are looked into, at any depth. Defaults to `false`. */
  readonly recursive?: boolean | undefined
  /** What becomes of the files that are there at the first start: `"read"` (the default), or `"skip"`: only new ones are. */
  readonly existing?: "read" | "skip" | undefined
  /** How long a file must not have been written to before it is taken. Defaults to 0: files are complete when they appear. */
  readonly minAge?: Duration.Input | undefined
  /** How long to wait after a look that found nothing. Defaults to 1 second. */
  readonly pollInterval?: Duration.Input | undefined
  /** How many files are remembered, from 2 to 100,000. Defaults to 10,000, which make 160 kB of a position. */
  readonly maxRemembered?: number | undefined
  /**
   * What happens when so many are remembered and all of them still lie there. `"fail"` (the default) with
   * `TooManyFiles`; `"forget"` the oldest quarter: from then on no file is taken that was written before the newest of
   * those.
   */
  readonly onFull?: "fail" | "forget" | undefined
  /**
   * What a file means that changed after it was taken. `"fail"` (the default) with `FileChanged`; `"skip"` reports it
   * once; `"read"` takes it as a new file, from its beginning.
   */
  readonly onChanged?: "fail" | "skip" | "read" | undefined
  /**
   * What happens at a file that may not be read, is none (a link, a pipe, a device), has a name that is not UTF-8, or
   * went away before it was read. `"fail"` (the default), or `"skip"` reports it once, and tries again at every look.
   */
  readonly onUnreadable?: "fail" | "skip" | undefined
}

/**
 * Which file is followed, through which rotations.
 *
 * @category options
 * @since 0.1.0
 */
export interface TailOptions extends PathOptions {
  /** The file. It has to be there at the first start. */
  readonly path: string
  /**
   * Which names in its directory a rotation gives it. Defaults to those that begin with its name and `.` or `-`, without
   * those that are compressed.
   */
  readonly rotated?: ((name: string) => boolean) | undefined
  /** What becomes of what is there at the first start: `"read"` (the default), or `"skip"`, for lines only. */
  readonly existing?: "read" | "skip" | undefined
  /** How long to wait at the end of what is there. Defaults to 1 second. */
  readonly pollInterval?: Duration.Input | undefined
  /** How long a rotated file must not grow before it is left: its writer may still have it open. Defaults to 5 seconds. */
  readonly rotateWait?: Duration.Input | undefined
  /**
   * What happens when the rest of a file cannot be found: it shrank and no copy is there, or it was rotated away while
   * nobody read. `"fail"` (the default) with `FileChanged`; `"report"` reports that, and goes on with what came after.
   */
  readonly onLost?: "fail" | "report" | undefined
}

/**
 * What becomes of records that are not what they should be.
 *
 * @category options
 * @since 0.1.0
 */
export interface RecordOptions {
  /** The most bytes a record may have, its line ending not counted. Defaults to 1 MiB. */
  readonly maxRecordLength?: number | undefined
  /** `"fail"` (the default) with `InvalidRecord`, after the records before it; `"skip"` counts it and goes on. */
  readonly onInvalid?: "fail" | "skip" | undefined
}

/**
 * How CSV is written.
 *
 * @category options
 * @since 0.1.0
 */
export interface CsvOptions<A> extends RecordOptions {
  /** What a record is: of its fields by name, or of an array of them where there are no names. All fields are text. */
  readonly schema: Schema.Codec<A, unknown>
  /** `true` (the default): the first row of each file has the names. `false`: there are none. Else the names. */
  readonly header?: boolean | ReadonlyArray<string> | undefined
  /** What stands between fields. Defaults to `","`. */
  readonly delimiter?: string | undefined
  /** What fields stand in that hold delimiters, line endings or it itself, then doubled. Defaults to `"\""`. */
  readonly quote?: string | undefined
}
