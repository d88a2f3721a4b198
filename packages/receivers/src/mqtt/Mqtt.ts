/**
 * Messages of an MQTT broker, acknowledged once they are safe.
 *
 * @stability unstable
 * @since 0.1.0
 */
import { type Decoder, Receiver } from "@millrace/core"
import { subscriptionsOf } from "./checked.ts"
import { bytes, decoderOf } from "./Format.ts"
import { Chunk, type Message } from "./Message.ts"
import type { MqttConnection } from "./MqttConnection.ts"
import type { MqttError } from "./MqttError.ts"
import { open } from "./open.ts"
import type { Options } from "./Options.ts"

/**
 * Subscribes and takes in messages. `payload` says how their payloads are read: `Mqtt.bytes` (the default), `Mqtt.string`,
 * `Mqtt.json`, `Mqtt.schema` or `Mqtt.format`.
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
 * Messages whose payload is not what its format reads fail the run with `UndecodablePayload`, unless `DStream.onError`
 * right behind `DStream.fromReceiver` says otherwise. It never ends by itself.
 *
 * ```ts import.meta.vitest
 * import { DStream } from "@millrace/core"
 * import * as Mqtt from "@millrace/receivers/Mqtt"
 *
 * const logs = Mqtt.messages({
 *   name: "logs",
 *   clientId: "plant-7",
 *   subscriptions: ["plant/7/+/log"],
 *   payload: Mqtt.string,
 *   deduplicateBy: (message) => Mqtt.userProperty(message, "id")
 * })
 * const lines = DStream.fromReceiver(logs).pipe(DStream.onError("dead-letter"), DStream.map(({ payload }) => payload))
 * logs.delivery // => "Acknowledged"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export function messages<A = Uint8Array>(options: Options<A>): Receiver.Receiver<Message<A>, MqttError, MqttConnection>
export function messages(options: Options<unknown>): Receiver.Receiver<Message<unknown>, MqttError, MqttConnection> {
  const { idleTimeout, initialRate, maxRate, name, restart } = options
  const decoder: Decoder.Decoder<Chunk, Message<unknown>> = decoderOf(options.payload ?? bytes)
  const memory = { hadSession: false }
  const receiver = { name, restart, idleTimeout, initialRate, maxRate, decoder, chunk: Chunk, open: () => open(options, memory) }
  return Receiver.make({
    ...receiver,
    delivery: subscriptionsOf(options).some(({ qos }) => qos === 0) ? "Unreplayable" : "Acknowledged",
    ...(options.deduplicateBy === undefined ? {} : { identify: (chunk: Chunk) => chunk.key ?? "" })
  })
}
