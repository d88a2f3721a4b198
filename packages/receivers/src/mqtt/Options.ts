/** What the MQTT receivers may be told. */
import type { Receiver } from "@millrace/core"
import type * as Duration from "effect/Duration"
import type { Format } from "./Format.ts"
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
 * Which session a receiver has, and what it asks for.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<out A = Uint8Array> extends Receiver.Options {
  /**
   * The name of the session, which the broker keeps while the client is away: stable, and of this receiver alone. A
   * second client with the same one takes the session over.
   */
  readonly clientId: string
  readonly subscriptions: ReadonlyArray<string | Subscription>
  /** The quality of service that is asked for. Defaults to 1. With 0 nothing is delivered again. */
  readonly qos?: QoS | undefined
  /** How payloads are read. Defaults to `Mqtt.bytes`. */
  readonly payload?: Format<A> | undefined
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
}
