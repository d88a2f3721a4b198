/**
 * Messages of an MQTT broker, acknowledged once they are safe.
 *
 * @stability unstable
 * @since 0.1.0
 */
import { type Decoder, Receiver } from "@millrace/core"
import type * as Schema from "effect/Schema"
import { subscriptionsOf } from "./checked.ts"
import * as decode from "./decode.ts"
import { Chunk, type Message } from "./Message.ts"
import type { MqttError } from "./MqttError.ts"
import { open } from "./open.ts"
import type { Options } from "./Options.ts"

/**
 * Subscribes and takes in messages with their payloads as bytes.
 *
 * The session is kept by the broker while nobody is connected. PUBACK (QoS 1) and PUBREC (QoS 2) are sent once the
 * message is in the journal of a `CheckpointStore`, and without one when its batch is delivered; until then the broker
 * delivers it again after every break. So no message is lost, and after a break between journal and acknowledgement one
 * may come twice: with `deduplicateBy` it comes once. Messages of QoS 0 are not delivered again; a receiver that asks
 * for QoS 0 anywhere says so and is `Unreplayable`.
 *
 * Of what was read and not acknowledged there are `receiveMaximum` messages at most; then nothing more is read, and the
 * broker waits. When the connection breaks, the `restart` policy opens the session again.
 *
 * @example
 * ```ts import.meta.vitest
 * import * as Mqtt from "@millrace/receivers/Mqtt"
 *
 * const readings = Mqtt.bytes({
 *   name: "readings",
 *   url: "mqtt://127.0.0.1",
 *   clientId: "plant-7",
 *   subscriptions: ["plant/7/+/reading"],
 *   deduplicateBy: (message) => Mqtt.userProperty(message, "id")
 * })
 * readings.delivery // => "Acknowledged"
 * ```
 *
 * @category receivers
 * @since 0.1.0
 */
export const bytes = (options: Options): Receiver.Receiver<Message<Uint8Array>, MqttError> => make(options, decode.bytes)

/**
 * As `bytes`, with UTF-8 payloads as text. One that is no UTF-8 fails its batch, unless `DStream.onError` behind
 * `fromReceiver` says otherwise.
 *
 * @example
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import * as Mqtt from "@millrace/receivers/Mqtt"
 *
 * const lines = Mqtt.strings({ name: "logs", url: "mqtt://127.0.0.1", clientId: "logs", subscriptions: ["logs/#"] })
 * DStream.fromReceiver(lines).pipe(DStream.onError("dead-letter"), DStream.map(({ payload }) => payload))
 * ```
 *
 * @category receivers
 * @since 0.1.0
 */
export const strings = (options: Options): Receiver.Receiver<Message<string>, MqttError> => make(options, decode.text)

/**
 * As `strings`, with the payloads parsed as JSON.
 *
 * @example
 * ```ts import.meta.vitest
 * import * as Mqtt from "@millrace/receivers/Mqtt"
 *
 * const any = Mqtt.json({ name: "any", url: "mqtt://127.0.0.1", clientId: "any", subscriptions: [{ filter: "any", qos: 0 }] })
 * any.delivery // => "Unreplayable"
 * ```
 *
 * @category receivers
 * @since 0.1.0
 */
export const json = (options: Options): Receiver.Receiver<Message<unknown>, MqttError> => make(options, decode.json)

/**
 * As `json`, with the payloads decoded by a schema.
 *
 * @example
 * ```ts import.meta.vitest
 * import * as Mqtt from "@millrace/receivers/Mqtt"
 * import { Schema } from "effect"
 *
 * const speeds = Mqtt.schema({
 *   name: "speeds",
 *   url: "mqtts://broker.internal",
 *   clientId: "speeds",
 *   subscriptions: ["$share/speeds/vehicles/+/speed"],
 *   schema: Schema.Struct({ speed: Schema.Finite })
 * })
 * speeds.name // => "speeds"
 * ```
 *
 * @category receivers
 * @since 0.1.0
 */
export const schema = <A>(
  options: Options & { readonly schema: Schema.Codec<A, unknown> }
): Receiver.Receiver<Message<A>, MqttError> => make(options, decode.schema(options.schema))

const make = <A>(options: Options, decoder: Decoder.Decoder<Chunk, Message<A>>): Receiver.Receiver<Message<A>, MqttError> => {
  const { idleTimeout, initialRate, maxRate, name, restart } = options
  const memory = { hadSession: false }
  const receiver = { name, restart, idleTimeout, initialRate, maxRate, decoder, chunk: Chunk, open: () => open(options, memory) }
  return Receiver.make({
    ...receiver,
    delivery: subscriptionsOf(options).some(({ qos }) => qos === 0) ? "Unreplayable" : "Acknowledged",
    ...(options.deduplicateBy === undefined ? {} : { identify: (chunk: Chunk) => chunk.key ?? "" })
  })
}
