/** What the MQTT receivers may be told. */
import type { Receiver } from "@millrace/core"
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import type { Message } from "./Message.ts"

/** @category models @since 0.1.0 */
export type QoS = 0 | 1 | 2

/**
 * What is subscribed to: a topic filter with `+` and `#`, or `$share/group/filter` for a share of it.
 *
 * @category options
 * @since 0.1.0
 */
export interface Subscription {
  readonly filter: string
  /** Defaults to the receiver's `qos`. */
  readonly qos?: QoS | undefined
}

/**
 * What the broker publishes when the client is gone without a word. A receiver that is stopped says goodbye.
 *
 * @category options
 * @since 0.1.0
 */
export interface Will {
  readonly topic: string
  readonly payload: string | Uint8Array
  /** Defaults to 0. */
  readonly qos?: QoS | undefined
  /** Defaults to false. */
  readonly retain?: boolean | undefined
  /** How long the broker waits for the client to come back (MQTT 5). Defaults to no time. */
  readonly delay?: Duration.Input | undefined
  readonly contentType?: string | undefined
}

/**
 * Certificates, in PEM.
 *
 * @category options
 * @since 0.1.0
 */
export interface TlsOptions {
  /** Who may have signed the broker's certificate. Defaults to what Node trusts. */
  readonly ca?: string | undefined
  /** The client's own certificate and key, where the broker asks for them. */
  readonly cert?: string | undefined
  readonly key?: Redacted.Redacted<string> | undefined
  readonly passphrase?: Redacted.Redacted<string> | undefined
  /** The name that the certificate must prove. Defaults to the host of the url. */
  readonly servername?: string | undefined
}

/**
 * Where a receiver connects, and what it asks for.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options extends Receiver.Options {
  /** `mqtt://host:port`, or `mqtts://host:port` for TLS; ports default to 1883 and 8883. No user in it. */
  readonly url: string
  /**
   * The name of the session, which the broker keeps while the client is away: stable, and of this receiver alone. A
   * second client with the same one takes the session over.
   */
  readonly clientId: string
  readonly subscriptions: ReadonlyArray<string | Subscription>
  /** The quality of service that is asked for. Defaults to 1. With 0 nothing is delivered again. */
  readonly qos?: QoS | undefined
  /** Defaults to `"5"`. */
  readonly version?: "5" | "3.1.1" | undefined
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted<string> | undefined
  readonly tls?: TlsOptions | undefined
  /**
   * How long the broker keeps the session of a client that is away (MQTT 5; in MQTT 3.1.1 it is the broker's choice).
   * Defaults to 7 days; `Infinity` is for ever.
   */
  readonly sessionExpiry?: Duration.Input | undefined
  /**
   * How many messages may be unacknowledged, 1 to 65,535. While there are as many nothing more is read. Without a
   * checkpoint a batch never holds more. Defaults to 4,096.
   */
  readonly receiveMaximum?: number | undefined
  /**
   * The largest packet that is taken in, in bytes. With MQTT 5 the broker is told, and leaves out larger messages; with
   * MQTT 3.1.1 a larger one fails the receiver before it is in memory. Defaults to 1 MiB.
   */
  readonly maxPacketBytes?: number | undefined
  /**
   * What becomes of the messages that the broker kept as the last ones of their topics. `"new"` (the default): they come
   * with a subscription that the session did not have (with MQTT 3.1.1: each time that it connects). `"always"`: each
   * time that it connects. `"never"`: they are left out.
   */
  readonly retained?: "new" | "always" | "never" | undefined
  /**
   * What tells a message from its redelivery: with a checkpoint a message whose key was taken in before is left out, so
   * that each is there exactly once. `undefined`, or throwing, is a message that has none, and may come twice.
   */
  readonly deduplicateBy?: ((message: Message<Uint8Array>) => string | number | bigint | boolean | undefined) | undefined
  readonly will?: Will | undefined
  /**
   * After how much silence the broker counts as gone; it is asked twice in that time. Silence while there is no room does
   * not count. Defaults to 30 seconds, at least one.
   */
  readonly keepAlive?: Duration.Input | undefined
  /** How long it may take until the session stands, TLS included. Defaults to 10 seconds. */
  readonly connectTimeout?: Duration.Input | undefined
}
