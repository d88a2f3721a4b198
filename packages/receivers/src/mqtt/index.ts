/**
 * Messages of an MQTT broker, acknowledged once they are safe.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { ConnectionOptions } from "./ConnectionOptions.ts"
export { bytes, type Format, format, json, schema, string, UndecodablePayload } from "./Format.ts"
export { type Message, userProperty } from "./Message.ts"
export { messages } from "./Mqtt.ts"
export { layer, layerConfig, MqttConnection } from "./MqttConnection.ts"
export {
  BadCredentials,
  ConnectionLost,
  ConnectionRefused,
  InvalidOption,
  MqttError,
  NotAuthorized,
  PacketTooLarge,
  ProtocolError,
  type Reason,
  Refused,
  SessionLost,
  SubscriptionRefused,
  TakenOver,
  TimedOut,
  TlsFailed,
  Unreachable
} from "./MqttError.ts"
export type { Options, QoS, Subscription, Will } from "./Options.ts"
