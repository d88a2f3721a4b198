/** What the MQTT sinks may be told. */
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"

/** @category models @since 0.1.0 */
export type QoS = 0 | 1 | 2

/**
 * What a message carries beside its payload (MQTT 5).
 *
 * @category models
 * @since 0.1.0
 */
export interface Properties {
  readonly contentType?: string | undefined
  readonly responseTopic?: string | undefined
  readonly correlationData?: Uint8Array | undefined
  /** After which the broker delivers it to nobody any more. */
  readonly messageExpiry?: Duration.Input | undefined
  /** Names may repeat. `millrace-batch` is added. */
  readonly userProperties?: ReadonlyArray<readonly [name: string, value: string]> | undefined
}

/**
 * What the broker publishes when the sink is gone without a word. One that is closed says goodbye.
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
 * Where a sink connects, and how it publishes.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** `mqtt://host:port`, or `mqtts://host:port` for TLS; ports default to 1883 and 8883. No user in it. */
  readonly url: string
  /** Defaults to a name of its own for each connection: a sink has no session that has to be found again. */
  readonly clientId?: string | undefined
  /** Defaults to `"5"`. */
  readonly version?: "5" | "3.1.1" | undefined
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted<string> | undefined
  readonly tls?: TlsOptions | undefined
  /**
   * Defaults to 1. With 1 and 2 a batch is done when the broker has acknowledged each of its items; with 0 when they were
   * handed to the system, and some may be lost.
   */
  readonly qos?: QoS | undefined
  /**
   * How many items are on their way at a time, at most what the broker allows. 1 to 65,535. Defaults to 256; with MQTT
   * 3.1.1, where a broker cannot say what it allows, and may drop more than that without a word, to 16.
   */
  readonly maxInFlight?: number | undefined
  readonly will?: Will | undefined
  /** After how much silence the broker is asked whether it is there. Defaults to 30 seconds, at least one. */
  readonly keepAlive?: Duration.Input | undefined
  /** How long it may take until the session stands, TLS included. Defaults to 10 seconds. */
  readonly connectTimeout?: Duration.Input | undefined
  /** How long none of what is on its way may be acknowledged before the connection is given up. Defaults to 30 seconds. */
  readonly acknowledgeTimeout?: Duration.Input | undefined
}

/**
 * What is published for an item.
 *
 * @category options
 * @since 0.1.0
 */
export interface PublishOptions<in A> extends Options {
  readonly topic: string | ((item: A) => string)
  readonly payload: (item: A) => string | Uint8Array
  /** Whether the broker keeps it as the last one of its topic. Defaults to false. */
  readonly retain?: boolean | ((item: A) => boolean) | undefined
  readonly properties?: ((item: A) => Properties) | undefined
}
