/** Where the broker is, and who one is to it. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { addressOf } from "./address.ts"

/** Of what else is no duration `fromInput` says so. */
const millisOf = (u: Duration.Input): number =>
  Option.match(Duration.fromInput(u), { onNone: () => Number.NaN, onSome: Duration.toMillis })

const durationOf = (expected: string, isGood: (millis: number) => boolean) =>
  Schema.declare((u): u is Duration.Input => Predicate.isNotNullish(u)).check(
    Schema.makeFilter((u) => isGood(millisOf(u)), { expected })
  )

const secondsMax = 65_535

/** Certificates, in PEM. */
const TlsOptions = Schema.Struct({
  /** Who may have signed the broker's certificate. Defaults to what Node trusts. */
  ca: Schema.optionalKey(Schema.String),
  /** The client's own certificate and key, where the broker asks for them. */
  cert: Schema.optionalKey(Schema.String),
  key: Schema.optionalKey(Schema.Redacted(Schema.String)),
  passphrase: Schema.optionalKey(Schema.Redacted(Schema.String)),
  /** The name that the certificate must prove. Defaults to the host of the url. */
  servername: Schema.optionalKey(Schema.String)
})

export type TlsOptions = typeof TlsOptions.Type

/**
 * How the broker is reached.
 *
 * @category options
 * @since 0.1.0
 */
export const ConnectionOptions = Schema.Struct({
  /** `mqtt://host:port`, or `mqtts://host:port` for TLS; ports default to 1883 and 8883. No user in it. */
  url: Schema.String.check(Schema.makeFilter((url) => addressOf(url) !== undefined, {
    expected: "mqtt://host:port or mqtts://host:port, with the user in username and password"
  })),
  /** Defaults to `"5"`. */
  protocolVersion: Schema.optionalKey(Schema.Literals(["5", "3.1.1"])),
  username: Schema.optionalKey(Schema.String),
  password: Schema.optionalKey(Schema.Redacted(Schema.String)),
  /** With a url that begins with `mqtts://` only. TLS 1.2 at least. */
  tls: Schema.optionalKey(TlsOptions),
  /** After how much silence the broker is asked whether it is there, a second to 65,535. Defaults to 30 seconds. */
  keepAlive: Schema.optionalKey(
    durationOf(`a duration of 1 to ${secondsMax} seconds`, (millis) => millis >= 1000 && millis <= secondsMax * 1000)
  ),
  /** How long it may take until the session stands, TLS included. Defaults to 10 seconds. */
  connectTimeout: Schema.optionalKey(
    durationOf("a duration above 0", (millis) => millis > 0 && Number.isFinite(millis))
  )
})

/** @category options @since 0.1.0 */
export type ConnectionOptions = typeof ConnectionOptions.Type

/** What is asked for, with its defaults. */
export interface Reached {
  readonly level: 4 | 5
  readonly keepAliveMillis: number
  readonly connectTimeoutMillis: number
}

export const reachedBy = (
  { connectTimeout = "10 seconds", keepAlive = "30 seconds", protocolVersion = "5" }: ConnectionOptions
): Reached => ({
  level: protocolVersion === "5" ? 5 : 4,
  keepAliveMillis: millisOf(keepAlive),
  connectTimeoutMillis: millisOf(connectTimeout)
})
