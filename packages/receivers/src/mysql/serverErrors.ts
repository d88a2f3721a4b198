/** What the errors of the server and of its client mean, as Effect has it. */
import { hasProperty } from "effect/Predicate"
import * as SqlError from "effect/sql/SqlError"

/** The user, the database, a table, a column, a privilege, a routine, a plugin of the server's own, no TLS. */
const denied = new Set([1044, 1045, 1130, 1142, 1143, 1227, 1370, 1410, 1698, 1820, 3159])
/** Deadlock; lock wait; changed since it was read; interrupted; run too long. */
const busy = new Set([1020, 1205, 1213, 1317, 1613, 1614, 1836, 1969, 3024, 3058, 3572])
/** No connections, disk or memory left. */
const full = new Set([1021, 1037, 1038, 1040, 1041, 1114, 1203, 1226, 3636])
/** The server ends, or ended the connection. */
const ended = new Set([1053, 1077, 1078, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 4031])
const duplicate = new Set([1022, 1062, 1169, 1586])
/** Read only, as while another server takes over. */
const moving = new Set([1290, 1792])

export const sqlErrorOf = (cause: unknown, operation: string): SqlError.SqlError => {
  const errno = hasProperty(cause, "errno") && typeof cause.errno === "number" ? cause.errno : undefined
  return new SqlError.SqlError({ reason: reasonOf(cause, errno, { cause, message: "MySQL failed", operation }) })
}

interface Facts {
  readonly cause: unknown
  readonly message: string
  readonly operation: string
}

const reasonOf = (cause: unknown, errno: number | undefined, facts: Facts): SqlError.SqlError["reason"] => {
  // Numbers below 1,000 are of the system, not of the server.
  if (errno === undefined || errno < 1_000) {
    if (isCutOff(cause)) return new SqlError.ConnectionError(facts)
    if (isOfTls(cause)) return new SqlError.AuthenticationError(facts)
    return isOfConnection(cause) ? new SqlError.ConnectionError(facts) : new SqlError.UnknownError(facts)
  }
  if (denied.has(errno)) return new SqlError.AuthorizationError(facts)
  if (errno === 1213) return new SqlError.DeadlockError(facts)
  if (busy.has(errno) || full.has(errno) || moving.has(errno)) return new SqlError.LockTimeoutError(facts)
  if (ended.has(errno)) return new SqlError.ConnectionError(facts)
  if (duplicate.has(errno)) return new SqlError.UniqueViolation({ ...facts, constraint: keyOf(cause) })
  return new SqlError.UnknownError(facts)
}

/** No TLS on the other side, or a certificate that is not trusted or of another host. */
const isOfTls = (cause: unknown): boolean =>
  hasProperty(cause, "code") && typeof cause.code === "string" && /^HANDSHAKE_|CERT|SELF_SIGNED|^ERR_(SSL|TLS)/.test(cause.code)

/** A connection that ends within the handshake of TLS has lost its code to the client, and may come to more the next time. */
const isCutOff = (cause: unknown): boolean =>
  hasProperty(cause, "code") && cause.code === "HANDSHAKE_SSL_ERROR" &&
  (hasProperty(cause, "syscall") || (hasProperty(cause, "message") && /socket disconnected/.test(String(cause.message))))

/** The client says so of sockets, and of a silence that was too long. */
const isOfConnection = (cause: unknown): boolean =>
  (hasProperty(cause, "fatal") && cause.fatal === true) ||
  (hasProperty(cause, "code") && typeof cause.code === "string" && /^(E[A-Z]+|PROTOCOL_.+)$/.test(cause.code))

/** The name at the end; the value before it is left out. */
const keyOf = (cause: unknown): string => {
  const message = hasProperty(cause, "message") && typeof cause.message === "string" ? cause.message : ""
  return /for key '([^']*)'$/.exec(message)?.[1] ?? "unknown"
}
