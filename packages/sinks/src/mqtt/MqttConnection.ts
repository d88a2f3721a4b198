/** What the sinks ask for: where the broker is. */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { type Address, addressOf } from "./address.ts"
import { ConnectionOptions } from "./ConnectionOptions.ts"
import { MqttError } from "./MqttError.ts"

/**
 * The broker that sinks publish to. It holds no connection: each output opens its own when its sink is opened, and
 * closes it with itself.
 *
 * @category services
 * @since 0.1.0
 */
export class MqttConnection extends Context.Service<MqttConnection, {
  readonly options: ConnectionOptions
  /** Of the url in `options`. */
  readonly address: Address
}>()("@millrace/sinks/MqttConnection") {}

const decode = Schema.decodeUnknownEffect(Schema.toType(ConnectionOptions))

const wrong = (option: string, expected: string): MqttError =>
  new MqttError({ reason: { _tag: "InvalidOption", option, expected } })

const checked = (given: unknown): Effect.Effect<MqttConnection["Service"], MqttError> =>
  Effect.gen(function*() {
    const options = yield* Effect.mapError(decode(given), ({ issue }) => wrongBy(issue))
    const address = addressOf(options.url)
    if (address === undefined) return yield* wrong("url", "as ConnectionOptions says")
    if (options.tls !== undefined && !address.isSecure) {
      return yield* wrong("tls", "left out unless the url begins with mqtts://")
    }
    return { options, address }
  })

/** The path to what is wrong, and what it had to be. The text of an issue may quote values, and those may be secrets. */
const wrongBy = (issue: unknown): MqttError => {
  const path: Array<string> = []
  let expected = "as ConnectionOptions says"
  for (let at = issue; typeof at === "object" && at !== null;) {
    if ("path" in at && Array.isArray(at.path)) path.push(...at.path.map(String))
    if ("filter" in at) expected = expectedBy(at.filter) ?? expected
    at = "issues" in at && Array.isArray(at.issues) ? at.issues[0] : "issue" in at ? at.issue : undefined
  }
  return wrong(path.length === 0 ? "options" : path.join("."), expected)
}

const expectedBy = (filter: unknown): string | undefined => {
  const annotations = Predicate.hasProperty(filter, "annotations") ? filter.annotations : undefined
  const expected = Predicate.hasProperty(annotations, "expected") ? annotations.expected : undefined
  return typeof expected === "string" ? expected : undefined
}

/**
 * The broker, by options in the program.
 *
 * ```ts import.meta.vitest
 * import * as Mqtt from "@millrace/sinks/Mqtt"
 * import { Layer, Redacted } from "effect"
 *
 * const broker = Mqtt.layer({ url: "mqtts://broker.internal", username: "fleet", password: Redacted.make("secret") })
 * Layer.isLayer(broker) // => true
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: ConnectionOptions): Layer.Layer<MqttConnection, MqttError> =>
  Layer.effect(MqttConnection, checked(options))

/**
 * `layer` from the configuration of the program; a password is `Config.Redacted`.
 *
 * ```ts import.meta.vitest
 * import * as Mqtt from "@millrace/sinks/Mqtt"
 * import { Config, Layer } from "effect"
 *
 * const broker = Mqtt.layerConfig({
 *   url: Config.String("MQTT_URL"),
 *   username: Config.String("MQTT_USERNAME"),
 *   password: Config.Redacted("MQTT_PASSWORD")
 * })
 * Layer.isLayer(broker) // => true
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  config: Config.Wrap<ConnectionOptions>
): Layer.Layer<MqttConnection, MqttError | Config.ConfigError> =>
  Layer.effect(MqttConnection, Effect.flatMap(Config.unwrap(config), checked))
