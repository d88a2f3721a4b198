/** Where the brokers are, and who one is to them. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

const isTimeout = (u: Duration.Input): boolean => {
  const duration = Option.getOrUndefined(Duration.fromInput(u))
  return duration !== undefined && Duration.toMillis(duration) > 0 && Duration.isFinite(duration)
}

/** Whatever else is no duration: `fromInput` says so. */
const Timeout = Schema.declare((u): u is Duration.Input => Predicate.isNotNullish(u)).check(
  Schema.makeFilter(isTimeout, { expected: "a duration above 0" })
)

const address = /^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/

/**
 * How the brokers are reached.
 *
 * @category options
 * @since 0.1.0
 */
export const ConnectionOptions = Schema.Struct({
  /** `"host:port"` of some of the brokers; the others are learnt from them. */
  brokers: Schema.Array(Schema.String.check(Schema.isPattern(address))).check(Schema.isMinLength(1)),
  /** What the brokers call this program in their logs and quotas. Defaults to `"millrace"`. */
  clientId: Schema.optionalKey(Schema.NonEmptyString),
  /** `true`, or certificates in PEM. The certificate of a broker must prove its host, or `servername`. */
  tls: Schema.optionalKey(Schema.Union([
    Schema.Boolean,
    Schema.Struct({
      ca: Schema.optionalKey(Schema.String),
      cert: Schema.optionalKey(Schema.String),
      key: Schema.optionalKey(Schema.Redacted(Schema.String)),
      servername: Schema.optionalKey(Schema.String)
    })
  ])),
  sasl: Schema.optionalKey(Schema.Struct({
    mechanism: Schema.Literals(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
    username: Schema.String,
    password: Schema.Redacted(Schema.String)
  })),
  /** How long a connection may take to stand, TLS and SASL included. Defaults to 5 seconds. */
  connectTimeout: Schema.optionalKey(Timeout),
  /** How long a broker may take for an answer. Defaults to 30 seconds. */
  requestTimeout: Schema.optionalKey(Timeout)
})

/** @category options @since 0.1.0 */
export type ConnectionOptions = typeof ConnectionOptions.Type
