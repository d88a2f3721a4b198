/**
 * How a stream of bytes is cut into what the pipeline gets.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import type { FrameReason } from "./TcpError.ts"

/**
 * What some bytes completed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Framed<out A> {
  readonly payload: ReadonlyArray<A>
  /** How many records `payload` holds, and how many bytes they were. */
  readonly records: number
  readonly bytes: number
  /** Why nothing more can be read from this connection. What came whole before it is in `payload`. */
  readonly failure?: FrameReason | undefined
}

/**
 * Cuts the bytes of one connection.
 *
 * @category models
 * @since 0.1.0
 */
export interface Framer<out A> {
  /** Takes the next bytes, which are never changed later, and gives what they completed. */
  readonly push: (bytes: Uint8Array) => Framed<A>
  /** The connection has ended. Gives what is kept, where it is whole without a terminator: in most framings nothing. */
  readonly end: () => Framed<A>
  /** How many bytes are kept of a record that is not whole. */
  readonly pending: number
  /** How many records were passed over so far, if the framing passes any over. */
  readonly skipped?: number
  /** How often U+FFFD stands for bytes that were not UTF-8, so far. */
  readonly replaced?: number
}

/**
 * A framing: gives each connection a framer of its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Frame<in out A> {
  readonly framer: () => Framer<A>
  /** How frames are written into a journal. Without it what was received and not delivered is lost with the process. */
  readonly chunk?: Schema.Codec<A, unknown> | undefined
}

/** Nothing was completed. */
export const nothing: Framed<never> = { payload: [], records: 0, bytes: 0 }
