import * as Data from "effect/Data"

/**
 * Why a receiver stopped that could go on when it is opened again. `ReadFailed`: its source failed. `RestartRequested`:
 * the body of a `push` receiver asked for it. `cause` is what the source or the body gave.
 *
 * @category errors
 * @since 0.1.0
 */
export class ReceiverError extends Data.TaggedError("ReceiverError")<{
  readonly receiver: string
  readonly reason: "ReadFailed" | "RestartRequested"
  readonly cause?: unknown
}> {
  readonly isRetryable = true

  override get message(): string {
    const what = this.reason === "ReadFailed" ? "could not be read" : "asked to be opened again"
    return `Receiver ${JSON.stringify(this.receiver)} ${what}`
  }
}

/** How a receiver says that its source failed, unless its user has a word for it. */
export const readFailed = (receiver: string) => (cause: unknown): ReceiverError =>
  new ReceiverError({ receiver, reason: "ReadFailed", cause })
