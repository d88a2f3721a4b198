/** What a receiver can ask of the engine that opened it, besides being pulled. */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Block } from "./Receiver.ts"

/** Outside a pipeline errors are logged, and there is nobody to take blocks. */
export const ReceiverHost = Context.Reference<{
  readonly reportError: (error: unknown) => Effect.Effect<void>
  /** Takes a block in at once, room or not: for the last ones, when the receiver is closed. */
  readonly handOver: (block: Block<unknown, unknown>) => Effect.Effect<void>
}>("@millrace/core/dstream/ReceiverHost", {
  defaultValue: () => ({
    reportError: (error) => Effect.logWarning(Cause.prettyErrors(Cause.fail(error))[0]?.message ?? "unknown error"),
    handOver: () => Effect.void
  })
})

/**
 * Reports an error that the receiver lives through, such as a bad record or a client that broke off: it is logged,
 * counted, published as `ReceiverError`, and shown as the receiver's last error. For use inside `open`, a stream or a
 * per-batch request.
 *
 * @category error handling
 * @since 0.1.0
 */
export const reportError = (error: unknown): Effect.Effect<void> =>
  Effect.flatMap(ReceiverHost, (host) => host.reportError(error))

/**
 * Hands over a block that the source will not give again, from a finalizer of the receiver's scope: what a stopped
 * pipeline still delivers. It waits for no room and is not paced, so it is for the last few blocks only.
 *
 * @category finalization
 * @since 0.1.0
 */
export const handOverLast = <Chunk, Position>(block: Block<Chunk, Position>): Effect.Effect<void> =>
  Effect.flatMap(ReceiverHost, (host) => host.handOver(block))
