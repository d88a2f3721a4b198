/**
 * Items as messages to an MQTT broker.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { ConnectionOptions } from "./ConnectionOptions.ts"
export { layer, layerConfig, MqttConnection } from "./MqttConnection.ts"
export { MqttError, type Reason } from "./MqttError.ts"
export type { Options, Properties, PublishOptions, QoS, Will } from "./Options.ts"
export { publish } from "./publish.ts"
export { publishJson } from "./publishJson.ts"
