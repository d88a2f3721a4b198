/** Where the reading of a file that grows goes on, through its rotations. */
import * as Schema from "effect/Schema"

const seen = {
  /** Device and inode. They are looked at first; what the file begins with decides. */
  inode: Schema.String,
  /** How many of its first bytes are in `print`, 1,024 at most. */
  printed: Schema.Int,
  print: Schema.String
}

/** A file as it is found again under another name. */
const Seen = Schema.Struct(seen)

export type Seen = typeof Seen.Type

/**
 * In which of the files that were or are called so, at which byte. It means something to `tail` alone.
 *
 * @category models
 * @since 0.1.0
 */
export const TailPosition = Schema.Struct({
  ...seen,
  /** How many files were read before it. */
  generation: Schema.Int,
  /** The byte at which the next record begins. */
  offset: Schema.Int,
  /** How many lines or records came before that, in this file. */
  lines: Schema.Int,
  /** What the file began with and every record needs: the header row of CSV. */
  head: Schema.optionalKey(Schema.String),
  /** Whether it was read to its end, and another follows. */
  ended: Schema.Boolean,
  /** When it was last written to, as far as is known: nanoseconds since the epoch. */
  modified: Schema.String,
  /** The byte of the first file at which reading began. */
  start: Schema.Int,
  /** The files before it, the newest last, and how many bytes of them there were. */
  left: Schema.Array(Schema.Struct({ ...seen, size: Schema.Int }))
})

/** @category models @since 0.1.0 */
export type TailPosition = typeof TailPosition.Type

/** So many files that were left are remembered: a batch can be read again across as many rotations. */
export const leftMax = 8
