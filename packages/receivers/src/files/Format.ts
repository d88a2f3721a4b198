/** How the bytes of a file are records: what text lines, JSON, CSV, binary records and whole files have in common. */
import type { Decoder } from "@millrace/core"
import type { InvalidOption, Reason } from "./FilesError.ts"

/** Where a record begins, in the bytes of a file as they are once nothing is compressed. */
export interface Place {
  readonly offset: number
  /** How many records, or lines, came before. */
  readonly lines: number
  /** What the file began with and every record needs, such as the header row of CSV. */
  readonly head?: string | undefined
}

/** The records that became whole. */
export interface Cut<out Chunk> {
  readonly payload: ReadonlyArray<Chunk>
  readonly records: number
  readonly bytes: number
  /** Why there will be no more. What came before is in `payload`. */
  readonly failure?: Reason | undefined
}

/** Cuts one file, from its beginning or from a place in it. */
export interface Framer<out Chunk> {
  /** Takes bytes, gives the records that they complete. The bytes may be reused after the call. */
  readonly push: (bytes: Uint8Array) => Cut<Chunk>
  /** The file has ended. */
  readonly end: () => Cut<Chunk>
  /** Where the record begins that is not whole yet. */
  readonly place: Place
  /** Records that were passed over. */
  readonly skipped: number
  /** How often U+FFFD was put in place of bytes. */
  readonly replaced: number
}

/** Begins to cut a file: its name in the directory, and where to go on in it. */
export type Frame<out Chunk> = (file: string, from: Place | undefined) => Framer<Chunk>

/**
 * How files are cut into records of type `A`: what `textLines`, `jsonLines`, `csv`, `fixedLength`, `wholeText` and
 * `wholeBytes` give, for `read`, `watch` and `tail`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Format<Chunk, out A> {
  readonly decoder: Decoder.Decoder<Chunk, A>
  /** Loads what it needs, once for an opening. */
  readonly load: () => Promise<Frame<Chunk>>
  /** Whether a file has to be complete: one that grows cannot be read so. */
  readonly isWhole: boolean
  /** Whether it can begin after any newline. */
  readonly isLined: boolean
  /** What of its options cannot be used. */
  readonly invalid: InvalidOption | undefined
}

/** Nothing became whole. */
export const nothing: Cut<never> = { payload: [], records: 0, bytes: 0 }
