/** What the MQTT sinks may be told. */
import type * as Duration from "effect/Duration"

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
 * How a sink publishes, whatever it publishes.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** Defaults to a name of its own for each connection: a sink has no session that has to be found again. */
  readonly clientId?: string | undefined
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
