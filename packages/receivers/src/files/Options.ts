/** What the file receivers may be told. */
import type { Lines, Receiver } from "@millrace/core"

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
 * Which files are read.
 *
 * @category options
 * @since 0.1.0
 */
export interface ReadOptions extends PathOptions {
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
