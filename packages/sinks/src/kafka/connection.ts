/** Which cluster, and who asks. */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

const isTimeout = (u: unknown): u is Duration.Input =>
  typeof u === "string"
    ? /^(?!0+(\.0*)? )\d+(\.\d+)? (nano|micro|milli|second|minute|hour|day|week)s?$/.test(u)
    : typeof u === "number"
    ? u > 0 && Number.isFinite(u)
    : Duration.isDuration(u) && Duration.isFinite(u) && Duration.toMillis(u) > 0

const Timeout = Schema.declare(isTimeout, { expected: "a duration above 0" })

const TlsOptions = Schema.Struct({
  /** Who is trusted, as PEM, in place of the authorities that Node trusts. */
  ca: Schema.optionalKey(Schema.String),
  /** The client's own certificate, where brokers want one, as PEM, and its key. */
  cert: Schema.optionalKey(Schema.String),
  key: Schema.optionalKey(Schema.Redacted(Schema.String)),
  /** The name that the brokers' certificates are checked for. Defaults to the host that is connected to. */
  servername: Schema.optionalKey(Schema.String)
})

const SaslOptions = Schema.Struct({
  /** `PLAIN` sends the password as it is: use it with `tls`. */
  mechanism: Schema.Literals(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
  username: Schema.String,
  password: Schema.Redacted(Schema.String)
})

/**
 * How to reach a cluster.
 *
 * @category options
 * @since 0.1.0
 */
export const ConnectionOptions = Schema.Struct({
  /** `"host:port"` of brokers to begin with; they name the others. At least one. */
  brokers: Schema.Array(Schema.String).check(Schema.isMinLength(1)),
  /** Shows in logs and quotas of the brokers. Defaults to `"millrace"`. */
  clientId: Schema.optionalKey(Schema.NonEmptyString),
  /** `true` trusts the certificates that Node trusts. Defaults to no TLS. */
  tls: Schema.optionalKey(Schema.Union([Schema.Boolean, TlsOptions])),
  sasl: Schema.optionalKey(SaslOptions),
  /** How long a connection may take, log-in included. Defaults to 5 seconds. */
  connectTimeout: Schema.optionalKey(Timeout),
  /** How long an answer may take before the connection counts as lost. Defaults to 30 seconds. */
  requestTimeout: Schema.optionalKey(Timeout)
})

/**
 * How to reach a cluster.
 *
 * @category options
 * @since 0.1.0
 */
export type ConnectionOptions = typeof ConnectionOptions.Type

/** A broker's address. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** `host:port`, an IPv6 address in brackets. */
const addressOf = (broker: string): Address | undefined => {
  const found = /^(?:\[([^\]\s]+)\]|([^:\s]+)):(\d{1,5})$/.exec(broker)
  const host = found?.[1] ?? found?.[2]
  const port = Number(found?.[3])
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

/** The addresses, or what is wrong. */
export const addressesOf = (brokers: ReadonlyArray<string>): ReadonlyArray<Address> | string => {
  const found: Array<Address> = []
  for (const broker of brokers) {
    const address = addressOf(broker)
    if (address === undefined) return `${JSON.stringify(broker)} of \`brokers\` is no "host:port"`
    found.push(address)
  }
  return found
}

/** What timers and the protocol can hold: 24 days. */
const longest = 2 ** 31 - 1

/** Whole milliseconds, at least one. */
export const millisOf = (duration: Duration.Input | undefined, otherwise: number): number =>
  duration === undefined ? otherwise : Math.min(longest, Math.max(1, Math.ceil(Duration.toMillis(Duration.fromInputUnsafe(duration)))))
