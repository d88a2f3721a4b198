/** Why bytes did not come over TCP. */
import { Lines } from "@millrace/core"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

const code = { code: Schema.String }

/** Nobody listens there. */
export class ConnectionRefused extends Schema.TaggedError<ConnectionRefused>()("ConnectionRefused", {}) {
  readonly isRetryable = true
  override get message() {
    return "nobody listens there; start the sender, or check host and port"
  }
}

/** The name has no address: it is misspelt, or the host is down and its name with it. */
export class HostNotFound extends Schema.TaggedError<HostNotFound>()("HostNotFound", code) {
  readonly isRetryable = true
  override get message() {
    return `the host name has no address (${this.code}); check its spelling and the name service`
  }
}

/** There is no way to the host. */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", code) {
  readonly isRetryable = true
  override get message() {
    return `the host cannot be reached (${this.code}); check the network and its firewalls`
  }
}

/** It took too long. */
export class TimedOut extends Schema.TaggedError<TimedOut>()("TimedOut", {
  /** `"connect"`: until the connection stood, TLS included. `"read"`: no byte came on a connection that was read. */
  during: Schema.Literals(["connect", "read"]),
  millis: Schema.Number
}) {
  readonly isRetryable = true
  override get message() {
    return this.during === "connect"
      ? `no connection within ${this.millis} ms; check host and port, or raise connectTimeout`
      : `no byte came for ${this.millis} ms; check that the sender lives, or raise idleTimeout`
  }
}

/** The connection is gone. */
export class Disconnected extends Schema.TaggedError<Disconnected>()("Disconnected", {
  /** `"END"`: the peer closed it in order. Else what the system says, as `ECONNRESET`. */
  ...code,
  /** Bytes of a record that was not whole yet. */
  partialBytes: Schema.Number
}) {
  readonly isRetryable = true
  override get message() {
    const how = this.code === "END" ? "the peer closed the connection" : `the connection broke (${this.code})`
    return this.partialBytes === 0 ? how : `${how} ${this.partialBytes} bytes into a record`
  }
}

/** Someone else listens at this address. */
export class AddressInUse extends Schema.TaggedError<AddressInUse>()("AddressInUse", {}) {
  readonly isRetryable = true
  override get message() {
    return "the address is in use; stop who listens there, or choose another port"
  }
}

/** The system does not let us listen there, or take connections. */
export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", code) {
  readonly isRetryable = false
  override get message() {
    return `cannot listen there (${this.code}); choose an address of this machine and a port that the process may use`
  }
}

/** The two sides agree on no secure connection, or the certificate does not prove who the peer is. */
export class TlsFailed extends Schema.TaggedError<TlsFailed>()("TlsFailed", { ...code, detail: Schema.String }) {
  readonly isRetryable = false
  override get message() {
    return `TLS failed (${this.code}: ${this.detail}); check the certificates, ca and servername of both sides`
  }
}

/** A frame says, or is, longer than allowed. */
export class FrameTooLong extends Schema.TaggedError<FrameTooLong>()("FrameTooLong", {
  /** What the frame says its length is, or how much of it came. */
  length: Schema.Number,
  limit: Schema.Number
}) {
  readonly isRetryable = false
  override get message() {
    return `a frame of ${this.length} bytes or more, ${this.limit} are allowed; ` +
      "raise maxLength, or check how the sender frames"
  }
}

/** The bytes are no frames, as a framer of your own sees it. */
export class BadFrame extends Schema.TaggedError<BadFrame>()("BadFrame", {
  detail: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  readonly isRetryable = false
  override get message() {
    return `the bytes are not framed as expected: ${this.detail}`
  }
}

/** More connections hold a started record than there is memory allowed for, and this one held most. */
export class PartialsTooLarge extends Schema.TaggedError<PartialsTooLarge>()("PartialsTooLarge", {
  limit: Schema.Number
}) {
  readonly isRetryable = false
  override get message() {
    return `records that are not whole take more than ${this.limit} bytes over all connections; raise maxPartialBytes`
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

const FrameReason = Schema.Union([Lines.LineTooLong, Lines.InvalidUtf8, FrameTooLong, BadFrame])

/** What a framer may find wrong with its bytes. */
export type FrameReason = typeof FrameReason.Type

export const Reason = Schema.Union([
  ConnectionRefused,
  HostNotFound,
  Unreachable,
  TimedOut,
  Disconnected,
  AddressInUse,
  ListenFailed,
  TlsFailed,
  Lines.LineTooLong,
  Lines.InvalidUtf8,
  FrameTooLong,
  BadFrame,
  PartialsTooLarge,
  InvalidOption
])

/** @category errors @since 0.1.0 */
export type Reason = typeof Reason.Type

/**
 * What the TCP receivers fail with. Branch on `reason`; the supervisor asks it `isRetryable`.
 *
 * @category errors
 * @since 0.1.0
 */
export class TcpError extends Schema.TaggedError<TcpError>()("TcpError", {
  /** The receiver's name. */
  receiver: Schema.String,
  host: Schema.String,
  port: Schema.Number,
  reason: Reason
}) {
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
  override get message() {
    return `receiver "${this.receiver}", ${this.host}:${this.port}: ${this.reason.message}`
  }
}

const codeOf = (error: unknown): string =>
  Predicate.hasProperty(error, "code") && typeof error.code === "string" ? error.code : "UNKNOWN"

/** What OpenSSL calls the reason, without the places in its sources. */
const detailOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "reason") && typeof error.reason === "string") return error.reason
  return error instanceof Error ? error.message.trim() : ""
}

const isTls = (code: string): boolean =>
  code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || code.includes("CERT") || code === "EPROTO" ||
  code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE" || code === "HOSTNAME_MISMATCH" || code === "INVALID_CA"

/** What an error of a socket that we opened or read means. */
export const reasonOfSocket = (error: unknown, partialBytes: number): Reason => {
  const code = codeOf(error)
  if (code === "ECONNREFUSED") return new ConnectionRefused()
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "ENODATA") return new HostNotFound({ code })
  if (/^E(HOST|NET)UNREACH$|^E(HOST|NET)DOWN$|^EADDRNOTAVAIL$|^ETIMEDOUT$/.test(code)) return new Unreachable({ code })
  if (isTls(code)) return new TlsFailed({ code, detail: detailOf(error) })
  return new Disconnected({ code, partialBytes })
}

/** What an error of a listening socket means. */
export const reasonOfListening = (error: unknown): Reason => {
  const code = codeOf(error)
  return code === "EADDRINUSE" ? new AddressInUse() : new ListenFailed({ code })
}
