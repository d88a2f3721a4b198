/** What a watched directory's reading remembers. */
import * as Schema from "effect/Schema"
import { FilePlace } from "./Position.ts"

/**
 * Which files were taken, and how much of the one that is being read. It means something to `watch` alone.
 *
 * @category models
 * @since 0.1.0
 */
export const WatchPosition = Schema.Struct({
  /** How many files were taken so far. */
  taken: Schema.Int,
  /** How many of those, the first ones, were there before and not read. */
  skipped: Schema.Int,
  /** From which file on all are remembered, in the order in which they were taken. */
  whole: Schema.Int,
  /** Digests of their names, sizes and times, 12 bytes each, as Base64. */
  names: Schema.String,
  /** Nanoseconds since the epoch: files that were written then or before, and are not remembered, are not read. */
  horizon: Schema.optionalKey(Schema.String),
  /** The file of which a part was read. */
  current: Schema.optionalKey(Schema.Struct({ file: Schema.String, ...FilePlace.fields }))
})

/** @category models @since 0.1.0 */
export type WatchPosition = typeof WatchPosition.Type
