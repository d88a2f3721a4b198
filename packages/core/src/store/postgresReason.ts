/** What an error of the database means for a checkpoint. What the server says in words is left out: it may quote values. */
import { hasProperty } from "effect/Predicate"
import type { SqlError } from "effect/sql/SqlError"
import { CheckpointError, type Reason } from "./CheckpointError.ts"
import type { Subject } from "./diskReason.ts"

/** The session is no more: what it was about may have happened or not. */
export const isGone = ({ reason }: SqlError): boolean =>
  reason._tag === "ConnectionError" || codeOf(reason.cause).startsWith("57P")

const failed = (operation: string, problem: string, retryable: boolean): Reason => ({
  _tag: "StoreFailed",
  operation,
  cause: new Error(problem),
  retryable
})

/** Class 53 is a server without room: on its disk, in its memory, for one more connection. */
export const refused = (subject: Subject, operation: string) => (error: SqlError): CheckpointError => {
  const code = codeOf(error.reason.cause)
  const reason = isGone(error)
    ? failed(operation, `the server does not answer, or broke off the connection (${code})`, true)
    : failed(operation, `the server refused it (SQLSTATE ${code})`, error.isRetryable || code.startsWith("53"))
  return new CheckpointError({ ...subject, reason })
}

export const unanswered = (subject: Subject, operation: string, after: string): CheckpointError =>
  new CheckpointError({ ...subject, reason: failed(operation, `the server did not answer within ${after}`, true) })

const codeOf = (cause: unknown): string => {
  if (hasProperty(cause, "code") && typeof cause.code === "string") return cause.code
  return hasProperty(cause, "cause") ? codeOf(cause.cause) : "unknown"
}
