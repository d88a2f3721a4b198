/**
 * Messages of an MQTT broker, acknowledged once they are safe.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { UndecodablePayload } from "./decode.ts"
export { type Message, userProperty } from "./Message.ts"
export { bytes, json, schema, strings } from "./Mqtt.ts"
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
export type { Options, QoS, Subscription, TlsOptions, Will } from "./Options.ts"
