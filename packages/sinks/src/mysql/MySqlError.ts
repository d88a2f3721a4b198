import * as Data from "effect/Data"
import { hasProperty } from "effect/Predicate"
import type { SqlError } from "effect/sql/SqlError"

/**
 * Why a batch could not be written. `ConnectionLost`: the server is gone, or went away or fell silent before it answered;
 * the outcome is unknown, and a try again finds out. `Busy`: a deadlock, a lock wait, no room or connections left.
 * `Rejected`: the server refuses the statement or its rows; `code` is its name for that, such as `ER_NO_SUCH_TABLE`.
 * `TooLarge`: a row is larger than `max_allowed_packet`. `Fenced`: a newer start of the pipeline writes to this output.
 * `NotAllowed`: credentials, certificates or rights. `NotTransactional`: the table's engine knows no transactions. `BadOptions`: a name
 * that is none, rows without columns. `Unencodable`: a value that the column cannot hold as it is, such as an invalid date
 * or a fraction for an integer.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason =
  | { readonly _tag: "ConnectionLost"; readonly server?: string | undefined }
  | { readonly _tag: "Busy"; readonly code: string }
  | { readonly _tag: "Rejected"; readonly code: string; readonly constraint: string | undefined }
  | { readonly _tag: "TooLarge"; readonly bytes: number; readonly maxBytes: number }
  | { readonly _tag: "NotAllowed"; readonly code: string }
  | { readonly _tag: "NotTransactional"; readonly table: string; readonly engine: string }
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
export class MySqlError extends Data.TaggedError("MySqlError")<{
  readonly reason: Reason
  /** Empty where a layer was given options that cannot be used. */
  readonly output: string
}> {
  get isRetryable(): boolean {
    return this.reason._tag === "ConnectionLost" || this.reason._tag === "Busy"
  }

  override get message(): string {
    const what = this.output === "" ? "Connecting to MySQL" : `Writing output ${JSON.stringify(this.output)} to MySQL`
    return `${what} failed: ${describe(this.reason)}`
  }
}

const describe = (reason: Reason): string => {
  switch (reason._tag) {
    case "ConnectionLost":
      return reason.server === undefined
        ? "the server does not answer, or broke off the connection. The batch is tried again"
        : `nobody answers at ${reason.server}. Start the server, or check the url`
    case "Busy":
      return `others hold what it needs, or the server has no room (${reason.code}). The batch is tried again`
    case "Rejected":
      if (reason.code === "ER_BAD_DB_ERROR") return "there is no such database (ER_BAD_DB_ERROR). Check the url, or make it"
      return `the server refused it (${reason.code}${
        reason.constraint === undefined ? "" : `, key ${JSON.stringify(reason.constraint)}`
      }). Look at the table's definition and what the pipeline emits`
    case "TooLarge":
      return `a row takes ${reason.bytes} bytes, and the server's max_allowed_packet is ${reason.maxBytes}`
    case "NotAllowed":
      return `the user may not do that, or credentials or certificates are wrong (${reason.code})`
    case "NotTransactional":
      return `table ${JSON.stringify(reason.table)} has the engine ${reason.engine}, which knows no transactions: ` +
        "alter table … engine = InnoDB"
    case "Fenced":
      return `a newer start of the pipeline writes to it (epoch ${reason.by}, this is ${reason.epoch}). ` +
        "Where none runs, the checkpoint was removed or is an old copy: bring the right one back, or also remove the output's row in the commit table"
    case "BadOptions":
      return reason.problem
    case "Unencodable":
      return `column ${JSON.stringify(reason.column)} cannot hold a value as it is`
  }
}

/** What an error of the client means. */
export const fromSql = (output: string, { reason }: SqlError): MySqlError => {
  const code = codeOf(reason.cause)
  switch (reason._tag) {
    case "ConnectionError": {
      const server = serverOf(reason.cause)
      return new MySqlError({ output, reason: { _tag: "ConnectionLost", ...(server !== undefined && { server }) } })
    }
    case "AuthenticationError":
    case "AuthorizationError":
      return new MySqlError({ output, reason: { _tag: "NotAllowed", code } })
    case "DeadlockError":
    case "SerializationError":
    case "LockTimeoutError":
    case "StatementTimeoutError":
      return new MySqlError({ output, reason: { _tag: "Busy", code } })
    default: {
      const constraint = reason._tag === "UniqueViolation" ? reason.constraint : undefined
      return new MySqlError({ output, reason: { _tag: "Rejected", code, constraint } })
    }
  }
}

/** The server's name of it, or its number where the client knows no name. */
const codeOf = (cause: unknown): string => {
  if (!hasProperty(cause, "code") || typeof cause.code !== "string") return "unknown"
  return cause.code.startsWith("UNKNOWN_CODE") && hasProperty(cause, "errno") ? `error ${String(cause.errno)}` : cause.code
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
