/**
 * Items as messages to an MQTT broker.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { MqttError, type Reason } from "./MqttError.ts"
export type { Options, Properties, PublishOptions, QoS, TlsOptions, Will } from "./Options.ts"
export { publish } from "./publish.ts"
export { publishJson } from "./publishJson.ts"
