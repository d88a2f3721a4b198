/** Why rows could not be read from PostgreSQL. */
import { hasProperty } from "effect/Predicate"
import * as Schema from "effect/Schema"
import { isSqlError, type SqlError } from "effect/sql/SqlError"

/** The server is not there, is told to stop, or broke off the connection. */
export class ConnectionLost extends Schema.TaggedError<ConnectionLost>()("ConnectionLost", {
  /** Address and code, where the system says who did not answer. */
  server: Schema.optionalKey(Schema.String)
}) {
  readonly isRetryable = true
  override get message() {
    return this.server === undefined
      ? "the server does not answer, or broke off the connection; it is tried again"
      : `nobody answers at ${this.server}; start the server, or check the url`
  }
}

/** The server took longer than `timeout` for a statement. */
export class TimedOut extends Schema.TaggedError<TimedOut>()("TimedOut", { millis: Schema.Finite }) {
  readonly isRetryable = true
  override get message() {
    return `the server did not answer within ${this.millis} ms; it is tried again`
  }
}

/** A deadlock, a lock or statement timeout, no memory or connections left. */
export class Busy extends Schema.TaggedError<Busy>()("Busy", { code: Schema.String }) {
  readonly isRetryable = true
  override get message() {
    return `the server has no room or time for it (SQLSTATE ${this.code}); it is tried again`
  }
}

/** The server refuses the statement. */
export class Rejected extends Schema.TaggedError<Rejected>()("Rejected", { code: Schema.String }) {
  readonly isRetryable = false
  override get message() {
    return this.code === "3D000"
      ? "there is no such database (SQLSTATE 3D000); check the url, or make it"
      : `the server refused it (SQLSTATE ${this.code}); look at the names of table and columns, and at the query`
  }
}

/** Credentials or rights. */
export class NotAllowed extends Schema.TaggedError<NotAllowed>()("NotAllowed", { code: Schema.String }) {
  readonly isRetryable = false
  override get message() {
    return `the user may not do that, or the credentials are wrong (SQLSTATE ${this.code})`
  }
}

/** An option has a value that cannot be used. */
export class InvalidOption extends Schema.TaggedError<InvalidOption>()("InvalidOption", {
  option: Schema.String,
  expected: Schema.String
}) {
  readonly isRetryable = false
  override get message() {
    return `${this.option} must be ${this.expected}`
  }
}

/** The columns of the cursor put no order on the rows that could be gone by. */
export class InvalidCursor extends Schema.TaggedError<InvalidCursor>()("InvalidCursor", {
  column: Schema.String,
  problem: Schema.String
}) {
  readonly isRetryable = false
  override get message() {
    return `the cursor ${JSON.stringify(this.column)} ${this.problem}`
  }
}

/** Rows that were read are no longer what they were: some were deleted, or came between two others. */
export class RowsChanged extends Schema.TaggedError<RowsChanged>()("RowsChanged", {
  expected: Schema.Int,
  found: Schema.Int
}) {
  readonly isRetryable = false
  override get message() {
    return `a range that held ${this.expected} rows holds ${this.found}; rows have to stay as they are, in their place, ` +
      "until the batches that hold them are delivered"
  }
}

/** A table for joins is larger than it may be. */
export class TooManyRows extends Schema.TaggedError<TooManyRows>()("TooManyRows", { maxRows: Schema.Int }) {
  readonly isRetryable = false
  override get message() {
    return `there are more than ${this.maxRows} rows; narrow the query, or raise maxRows`
  }
}

/** A row that the schema refuses. What it holds is not told. */
export class InvalidRow extends Schema.TaggedError<InvalidRow>()("InvalidRow", {
  /** Where in the row, as far as the schema tells. */
  columns: Schema.Array(Schema.String)
}) {
  readonly isRetryable = false
  override get message() {
    return `a row does not fit the schema at ${this.columns.map((column) => JSON.stringify(column)).join(", ") || "its whole"}`
  }
}

export const Reason = Schema.Union([
  ConnectionLost,
  TimedOut,
  Busy,
  Rejected,
  NotAllowed,
  InvalidOption,
  InvalidCursor,
  RowsChanged,
  TooManyRows,
  InvalidRow
])

/** @category errors @since 0.1.0 */
export type Reason = typeof Reason.Type

/**
 * What receivers and tables of PostgreSQL fail with. Branch on `reason`; the supervisor asks it `isRetryable`. What the
 * server said in words is left out, since it may quote rows.
 *
 * @category errors
 * @since 0.1.0
 */
export class PostgresError extends Schema.TaggedError<PostgresError>()("PostgresError", {
  /** The name of the receiver or table. */
  source: Schema.String,
  reason: Reason
}) {
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
  override get message() {
    return `${JSON.stringify(this.source)} cannot be read from PostgreSQL: ${this.reason.message}`
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

/** What an error of the client means. */
export const reasonOf = (error: SqlError): Reason => {
  const { reason } = error
  const code = codeOf(reason.cause)
  switch (reason._tag) {
    case "ConnectionError": {
      if (code === "ERR_INVALID_URL") return new InvalidOption({ option: "url", expected: "postgres://user@host:5432/database" })
      const server = serverOf(reason.cause)
      return new ConnectionLost(server === undefined ? {} : { server })
    }
    case "AuthenticationError":
    case "AuthorizationError":
      return new NotAllowed({ code })
    case "DeadlockError":
    case "SerializationError":
    case "LockTimeoutError":
    case "StatementTimeoutError":
      return new Busy({ code })
    default:
      // The server was told to end, or ends the connection: 57P01 to 57P03. Disk or memory is full: class 53.
      return code.startsWith("57P") ? new ConnectionLost({}) : code.startsWith("53") ? new Busy({ code }) : new Rejected({ code })
  }
}

/** An error of the client, or one that has its type already. */
export const named = (source: string, error: SqlError | PostgresError): PostgresError =>
  isSqlError(error) ? new PostgresError({ source, reason: reasonOf(error) }) : error
