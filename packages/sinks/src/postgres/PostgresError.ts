import * as Data from "effect/Data"
import { hasProperty } from "effect/Predicate"
import type { SqlError } from "effect/sql/SqlError"

/**
 * Why a batch could not be written. `ConnectionLost`: the server is gone, or went away before it answered; the outcome
 * is unknown, and a try again finds out. `Busy`: a deadlock, a lock or statement timeout, a conflict of transactions.
 * `Rejected`: the server refuses the statement or its rows; `code` is its SQLSTATE. `Fenced`: a newer start of the
 * pipeline writes to this output. `NotAllowed`: credentials or rights. `BadOptions`: a name that is none, rows without
 * columns. `Unencodable`: a value that cannot be made text, such as an invalid date.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason =
  | { readonly _tag: "ConnectionLost" }
  | { readonly _tag: "Busy"; readonly code: string }
  | { readonly _tag: "Rejected"; readonly code: string; readonly constraint: string | undefined }
  | { readonly _tag: "NotAllowed"; readonly code: string }
  | { readonly _tag: "Fenced"; readonly epoch: number; readonly by: number }
  | { readonly _tag: "BadOptions"; readonly problem: string }
  | { readonly _tag: "Unencodable"; readonly column: string }

/**
 * A batch could not be written. Nothing of it is in the database, unless the connection was lost: then the next try
 * finds out. What the server said in words is left out, since it may quote rows.
 *
 * @category errors
 * @since 0.1.0
 */
export class PostgresError extends Data.TaggedError("PostgresError")<{
  readonly reason: Reason
  readonly output: string
}> {
  get isRetryable(): boolean {
    return this.reason._tag === "ConnectionLost" || this.reason._tag === "Busy"
  }

  override get message(): string {
    return `Output ${JSON.stringify(this.output)} cannot be written to PostgreSQL: ${describe(this.reason)}`
  }
}

const describe = (reason: Reason): string => {
  switch (reason._tag) {
    case "ConnectionLost":
      return "the server does not answer, or broke off the connection. The batch is tried again"
    case "Busy":
      return `others hold what it needs (SQLSTATE ${reason.code}). The batch is tried again`
    case "Rejected":
      return `the server refused it (SQLSTATE ${reason.code}${
        reason.constraint === undefined ? "" : `, constraint ${JSON.stringify(reason.constraint)}`
      }). Look at the table's definition and what the pipeline emits`
    case "NotAllowed":
      return `the user may not do that, or the credentials are wrong (SQLSTATE ${reason.code})`
    case "Fenced":
      return `a newer start of the pipeline writes to it (epoch ${reason.by}, this is ${reason.epoch})`
    case "BadOptions":
      return reason.problem
    case "Unencodable":
      return `a value of column ${JSON.stringify(reason.column)} cannot be made text`
  }
}

/** What an error of the client means. */
export const fromSql = (output: string, error: SqlError): PostgresError =>
  new PostgresError({ output, reason: reasonOf(error) })

const reasonOf = ({ reason }: SqlError): Reason => {
  const code = codeOf(reason.cause)
  switch (reason._tag) {
    case "ConnectionError":
      return { _tag: "ConnectionLost" }
    case "AuthenticationError":
    case "AuthorizationError":
      return { _tag: "NotAllowed", code }
    case "DeadlockError":
    case "SerializationError":
    case "LockTimeoutError":
    case "StatementTimeoutError":
      return { _tag: "Busy", code }
    case "UniqueViolation":
      return { _tag: "Rejected", code, constraint: reason.constraint }
    default:
      // The server was told to end, or ends the connection: 57P01 to 57P03. Disk or memory is full: class 53.
      return code.startsWith("57P") ? { _tag: "ConnectionLost" } : code.startsWith("53")
        ? { _tag: "Busy", code }
        : { _tag: "Rejected", code, constraint: undefined }
  }
}

const codeOf = (cause: unknown): string => {
  if (!hasProperty(cause, "code")) return hasProperty(cause, "cause") ? codeOf(cause.cause) : "unknown"
  return typeof cause.code === "string" ? cause.code : "unknown"
}
