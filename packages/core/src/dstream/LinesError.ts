/** Why bytes could not be read as lines. */
import * as Schema from "effect/Schema"

/**
 * A line is longer than the reader allows. What it holds was not kept.
 *
 * @category errors
 * @since 0.1.0
 */
export class LineTooLong extends Schema.TaggedError<LineTooLong>()("LineTooLong", {
  /** Counted from 1. */
  line: Schema.Number,
  /** Where the line begins, in bytes from the start. */
  offset: Schema.Number,
  /** The most bytes a line may have, its line ending not counted. */
  limit: Schema.Number
}) {
  readonly isRetryable = false

  override get message() {
    return `line ${this.line}, at byte ${this.offset}, is longer than ${this.limit} bytes: ` +
      `raise maxLineLength, or pass such lines over with onLongLine: "skip"`
  }
}

/**
 * A line holds bytes that are not UTF-8.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidUtf8 extends Schema.TaggedError<InvalidUtf8>()("InvalidUtf8", {
  /** Counted from 1. */
  line: Schema.Number,
  /** Where the line begins, in bytes from the start. */
  offset: Schema.Number
}) {
  readonly isRetryable = false

  override get message() {
    return `line ${this.line}, at byte ${this.offset}, is not UTF-8: ` +
      `have the sender write UTF-8, or read it with onInvalidUtf8: "replace"`
  }
}

/** @category errors @since 0.1.0 */
export type LinesError = LineTooLong | InvalidUtf8
