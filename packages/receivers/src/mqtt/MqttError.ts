/** Why messages did not come over MQTT. */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

const code = { code: Schema.String }

/** Nobody listens there. */
export class ConnectionRefused extends Schema.TaggedError<ConnectionRefused>()("ConnectionRefused", {}) {
  readonly isRetryable = true
  override get message() {
    return "nobody listens there; start the broker, or check the url"
  }
}

/** The name has no address, or there is no way to it. */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", code) {
  readonly isRetryable = true
  override get message() {
    return `the host cannot be reached (${this.code}); check its name, the network and its firewalls`
  }
}

/** The broker did not answer in time. */
export class TimedOut extends Schema.TaggedError<TimedOut>()("TimedOut", {
  /** `"connect"`: until the session stood, TLS included. `"ping"`: no sign of life on a connection that stood. */
  during: Schema.Literals(["connect", "ping"]),
  millis: Schema.Number
}) {
  readonly isRetryable = true
  override get message() {
    return this.during === "connect"
      ? `no session within ${this.millis} ms; check the url, or raise connectTimeout`
      : `the broker gave no sign of life for ${this.millis} ms`
  }
}

/** The connection is gone: it broke, or the broker ended it. */
export class ConnectionLost extends Schema.TaggedError<ConnectionLost>()("ConnectionLost", code) {
  readonly isRetryable = true
  override get message() {
    return `the connection is gone (${this.code}); what was not acknowledged comes again`
  }
}

/** The broker knows no such user with such a password. */
export class BadCredentials extends Schema.TaggedError<BadCredentials>()("BadCredentials", {}) {
  readonly isRetryable = false
  override get message() {
    return "the broker refuses username or password"
  }
}

/** The user may not connect, subscribe or use this client id. Some brokers say the same of a wrong password. */
export class NotAuthorized extends Schema.TaggedError<NotAuthorized>()("NotAuthorized", {}) {
  readonly isRetryable = false
  override get message() {
    return "the broker does not let this user in; check username, password and the broker's access list"
  }
}

/** The broker takes no session now, or none of this kind. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  /** The reason code of MQTT 5, or the return code of MQTT 3.1.1. */
  code: Schema.Number,
  isRetryable: Schema.Boolean
}) {
  override get message() {
    return `the broker refuses the session (reason code ${this.code})`
  }
}

/** The broker refuses a subscription, or grants a lower quality of service than was asked for. */
export class SubscriptionRefused extends Schema.TaggedError<SubscriptionRefused>()("SubscriptionRefused", {
  filter: Schema.String,
  /** 0 and 1 are what was granted instead, from 128 on it is the reason code. */
  code: Schema.Number
}) {
  readonly isRetryable = false
  override get message() {
    return this.code < 128
      ? `the broker grants only QoS ${this.code} for ${JSON.stringify(this.filter)}; ask for that`
      : `the broker refuses the subscription ${JSON.stringify(this.filter)} (reason code ${this.code})`
  }
}

/** Another client came with the same `clientId`. The newer one stays. */
export class TakenOver extends Schema.TaggedError<TakenOver>()("TakenOver", {}) {
  readonly isRetryable = false
  override get message() {
    return "another client connected with the same clientId and has the session now; give each receiver its own"
  }
}

/** A packet is larger than allowed. With MQTT 5 the broker knows the limit and sends none. */
export class PacketTooLarge extends Schema.TaggedError<PacketTooLarge>()("PacketTooLarge", {
  bytes: Schema.Number,
  limit: Schema.Number
}) {
  readonly isRetryable = false
  override get message() {
    return `a packet of ${this.bytes} bytes, ${this.limit} are allowed; raise maxPacketBytes`
  }
}

/** What came is no MQTT of the version that was agreed on. */
export class ProtocolError extends Schema.TaggedError<ProtocolError>()("ProtocolError", { detail: Schema.String }) {
  readonly isRetryable = false
  override get message() {
    return `the broker does not speak the protocol as expected: ${this.detail}; check url and protocolVersion`
  }
}

/** The two sides agree on no secure connection, or the certificate does not prove who the broker is. */
export class TlsFailed extends Schema.TaggedError<TlsFailed>()("TlsFailed", code) {
  readonly isRetryable = false
  override get message() {
    return `TLS failed (${this.code}); check the certificates, ca and servername of both sides`
  }
}

/** The broker has forgotten the session: what it kept for this client since is lost. The receiver lives on. */
export class SessionLost extends Schema.TaggedError<SessionLost>()("SessionLost", {}) {
  readonly isRetryable = true
  override get message() {
    return "the broker has forgotten the session, and with it what it kept for this client; check its persistence and " +
      "sessionExpiry"
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

export const Reason = Schema.Union([
  ConnectionRefused,
  Unreachable,
  TimedOut,
  ConnectionLost,
  BadCredentials,
  NotAuthorized,
  Refused,
  SubscriptionRefused,
  TakenOver,
  PacketTooLarge,
  ProtocolError,
  TlsFailed,
  SessionLost,
  InvalidOption
])

/** @category errors @since 0.1.0 */
export type Reason = typeof Reason.Type

/**
 * What the MQTT receivers fail with. Branch on `reason`; the supervisor asks it `isRetryable`. No text of it quotes a
 * payload or a password.
 *
 * @category errors
 * @since 0.1.0
 */
export class MqttError extends Schema.TaggedError<MqttError>()("MqttError", {
  /** The receiver's name; absent where the options of the connection are wrong. */
  receiver: Schema.optionalKey(Schema.String),
  /** Host and port of the broker; absent with the name. */
  broker: Schema.optionalKey(Schema.String),
  reason: Reason
}) {
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
  override get message() {
    const who = this.receiver === undefined
      ? "the connection to MQTT"
      : `receiver ${JSON.stringify(this.receiver)}, broker ${this.broker}`
    return `${who}: ${this.reason.message}`
  }
}

const codeOf = (error: unknown): string =>
  Predicate.hasProperty(error, "code") && typeof error.code === "string" ? error.code : "UNKNOWN"

const isTls = (code: string): boolean =>
  code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || code.includes("CERT") || code === "EPROTO" ||
  code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE" || code === "HOSTNAME_MISMATCH" || code === "INVALID_CA"

/** What an error of the socket means. */
export const reasonOfSocket = (error: unknown): Reason => {
  const code = codeOf(error)
  if (code === "ECONNREFUSED") return new ConnectionRefused()
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "ENODATA") return new Unreachable({ code })
  if (/^E(HOST|NET)(UNREACH|DOWN)$|^EADDRNOTAVAIL$|^ETIMEDOUT$/.test(code)) return new Unreachable({ code })
  return isTls(code) ? new TlsFailed({ code }) : new ConnectionLost({ code })
}

/** Server unavailable, busy, quota, rate: they pass. */
const passing = new Set([0x88, 0x89, 0x97, 0x9f])

/** Why a session was refused, by the codes of both versions; `undefined` where it was not. */
export const reasonOfConnack = (code: number): Reason | undefined => {
  if (code === 0) return undefined
  if (code === 4 || code === 0x86) return new BadCredentials()
  if (code === 5 || code === 0x87) return new NotAuthorized()
  return new Refused({ code, isRetryable: code === 3 || passing.has(code) })
}

/** Why the broker said goodbye (MQTT 5). */
export const reasonOfDisconnect = (code: number): Reason => {
  if (code === 0x8e) return new TakenOver()
  if (code === 0x87) return new NotAuthorized()
  if (code === 0x81 || code === 0x82) return new ProtocolError({ detail: `it ended the session (reason code ${code})` })
  return new ConnectionLost({ code: `ended by the broker, reason code ${code}` })
}
