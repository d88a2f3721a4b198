import * as Data from "effect/Data"
import { hasProperty } from "effect/Predicate"
import type { SqlError } from "effect/sql/SqlError"

/**
 * Why a batch could not be written. `ConnectionLost`: the server is gone, or went away before it answered; the outcome
 * is unknown, and a try again finds out; `server` is there where the system says who did not answer. `Busy`: a deadlock, a lock or statement timeout, a conflict of transactions.
 * `Rejected`: the server refuses the statement or its rows; `code` is its SQLSTATE. `Fenced`: a newer start of the
 * pipeline writes to this output. `NotAllowed`: credentials or rights. `BadOptions`: a name or url that is none, rows without
 * columns. `Unencodable`: a value that cannot be made text, such as an invalid date.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason =
  | { readonly _tag: "ConnectionLost"; readonly server?: string | undefined }
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
      return reason.server === undefined
        ? "the server does not answer, or broke off the connection. The batch is tried again"
        : `nobody answers at ${reason.server}. Start the server, or check the url`
    case "Busy":
      return `others hold what it needs (SQLSTATE ${reason.code}). The batch is tried again`
    case "Rejected":
      if (reason.code === "3D000") return "there is no such database (SQLSTATE 3D000). Check the url, or make it"
      return `the server refused it (SQLSTATE ${reason.code}${
        reason.constraint === undefined ? "" : `, constraint ${JSON.stringify(reason.constraint)}`
      }). Look at the table's definition and what the pipeline emits`
    case "NotAllowed":
      return `the user may not do that, or the credentials are wrong (SQLSTATE ${reason.code})`
    case "Fenced":
      return `a newer start of the pipeline writes to it (epoch ${reason.by}, this is ${reason.epoch}). ` +
        "Where none runs, the checkpoint was removed or is an old copy: bring the right one back, or also remove the output's row in the commit table"
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
    case "ConnectionError": {
      if (code === "ERR_INVALID_URL") return { _tag: "BadOptions", problem: "url must be postgres://user@host:5432/database" }
      const server = serverOf(reason.cause)
      return server === undefined ? { _tag: "ConnectionLost" } : { _tag: "ConnectionLost", server }
    }
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

/** Where nobody answered and why, as the system says it: `127.0.0.1:5432 (ECONNREFUSED)`. Words of the server have no place here. */
const serverOf = (cause: unknown): string | undefined => {
  // Of a name with several addresses each has an error of its own.
  if (cause instanceof AggregateError) return serverOf(cause.errors[0])
  if (!(cause instanceof Error) || !hasProperty(cause, "code")) return undefined
  if (hasProperty(cause, "address")) {
    return `${String(cause.address)}${hasProperty(cause, "port") ? `:${String(cause.port)}` : ""} (${String(cause.code)})`
  }
  return hasProperty(cause, "hostname") ? `${String(cause.hostname)} (${String(cause.code)})` : undefined
}
