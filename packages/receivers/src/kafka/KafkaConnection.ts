/** What the receivers ask for: where the brokers are. */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { ConnectionOptions } from "./ConnectionOptions.ts"
import { KafkaError } from "./KafkaError.ts"
import { InvalidOption } from "./reasons.ts"

/**
 * The brokers that receivers read from. It holds no connection: each receiver opens its own when it is opened, and
 * closes them with it.
 *
 * @category services
 * @since 0.1.0
 */
export class KafkaConnection extends Context.Service<KafkaConnection, {
  readonly options: ConnectionOptions
}>()("@millrace/receivers/KafkaConnection") {}

const decode = Schema.decodeUnknownEffect(Schema.toType(ConnectionOptions))

const checked = (options: unknown): Effect.Effect<KafkaConnection["Service"], KafkaError> =>
  decode(options).pipe(
    Effect.map((options) => ({ options })),
    // The text of a schema's issue may quote values, and those may be secrets.
    Effect.mapError(({ issue }) => new KafkaError({ reason: new InvalidOption({ option: nameOf(issue), expected: "as ConnectionOptions says" }) }))
  )

/** The path to what is wrong. */
const nameOf = (issue: unknown): string => {
  const path: Array<string> = []
  for (let at = issue; typeof at === "object" && at !== null;) {
    if ("path" in at && Array.isArray(at.path)) path.push(...at.path.map(String))
    at = "issues" in at && Array.isArray(at.issues) ? at.issues[0] : "issue" in at ? at.issue : undefined
  }
  return path.length === 0 ? "options" : path.join(".")
}

/**
 * The brokers, by options in the program.
 *
 * ```ts import.meta.vitest
 * import * as Kafka from "@millrace/receivers/Kafka"
 * import { Layer, Redacted } from "effect"
 *
 * const brokers = Kafka.layer({
 *   brokers: ["kafka-1:9093", "kafka-2:9093"],
 *   tls: true,
 *   sasl: { mechanism: "SCRAM-SHA-512", username: "orders", password: Redacted.make("secret") }
 * })
 * Layer.isLayer(brokers) // => true
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: ConnectionOptions): Layer.Layer<KafkaConnection, KafkaError> =>
  Layer.effect(KafkaConnection, checked(options))

/**
 * `layer` from the configuration of the program; a password is `Config.Redacted`.
 *
 * ```ts import.meta.vitest
 * import * as Kafka from "@millrace/receivers/Kafka"
 * import { Config, Layer, Schema } from "effect"
 *
 * const brokers = Kafka.layerConfig({ brokers: Config.Array(Schema.String, "KAFKA_BROKERS") })
 * Layer.isLayer(brokers) // => true
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  config: Config.Wrap<ConnectionOptions>
): Layer.Layer<KafkaConnection, KafkaError | Config.ConfigError> =>
  Layer.effect(KafkaConnection, Effect.flatMap(Config.unwrap(config), checked))
