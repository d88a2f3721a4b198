import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** Where the engine hears of errors that a receiver lives through. Outside a pipeline they are logged. */
export const ErrorReporter = Context.Reference<(error: unknown) => Effect.Effect<void>>(
  "@millrace/core/dstream/ErrorReporter",
  { defaultValue: () => (error) => Effect.logWarning(Cause.prettyErrors(Cause.fail(error))[0]?.message ?? "unknown error") }
)

/**
 * Reports an error that the receiver lives through, such as a bad record or a client that broke off: it is logged,
 * counted, published as `ReceiverError`, and shown as the receiver's last error. For use inside `open`, a stream or a
 * per-batch request.
 *
 * @category error handling
 * @since 0.1.0
 */
export const reportError = (error: unknown): Effect.Effect<void> =>
  Effect.flatMap(ErrorReporter, (report) => report(error))
