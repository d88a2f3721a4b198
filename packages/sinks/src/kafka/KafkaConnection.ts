import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import { Cluster } from "./Cluster.ts"
import { addressesOf, ConnectionOptions } from "./connection.ts"
import { makeDriver } from "./driver.ts"
import { KafkaError } from "./KafkaError.ts"

/**
 * The cluster that sinks write to.
 *
 * @category services
 * @since 0.1.0
 */
export class KafkaConnection extends Context.Service<KafkaConnection, {
  /** Connections of one's own, open as long as the scope. */
  readonly connect: Effect.Effect<Cluster, never, Scope>
}>()("@millrace/sinks/KafkaConnection") {}

const isConnectionOptions = Schema.is(ConnectionOptions)

const make = (options: ConnectionOptions): Effect.Effect<KafkaConnection["Service"], KafkaError> => {
  const addresses = isConnectionOptions(options)
    ? addressesOf(options.brokers)
    : "the options are not as described. Look at their names, and give `brokers` and times above 0"
  return typeof addresses === "string"
    ? Effect.fail(new KafkaError({ reason: { _tag: "BadOptions", problem: addresses } }))
    : Effect.succeed({ connect: Effect.map(makeDriver(options), (driver) => new Cluster(driver, addresses)) })
}

/**
 * A cluster by `@platformatic/kafka`. Each output has connections of its own, made with the first request: a broker that is
 * not there is an error of the output. Needs Kafka 3.1 or newer.
 *
 * ```ts import.meta.vitest
 * import * as Kafka from "@millrace/sinks/Kafka"
 * import { Layer, Redacted } from "effect"
 *
 * const cluster = Kafka.layer({
 *   brokers: ["kafka-1:9093", "kafka-2:9093"],
 *   tls: true,
 *   sasl: { mechanism: "SCRAM-SHA-512", username: "pipelines", password: Redacted.make("secret") }
 * })
 * Layer.isLayer(cluster) // => true
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: ConnectionOptions): Layer.Layer<KafkaConnection, KafkaError> =>
  Layer.effect(KafkaConnection, make(options))

/**
 * `layer` from the configuration of the program.
 *
 * ```ts import.meta.vitest
 * import * as Kafka from "@millrace/sinks/Kafka"
 * import { Config, Layer, Schema } from "effect"
 *
 * const cluster = Kafka.layerConfig({ brokers: Config.Array(Schema.String, "KAFKA_BROKERS") })
 * Layer.isLayer(cluster) // => true
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: Config.Wrap<ConnectionOptions>
): Layer.Layer<KafkaConnection, KafkaError | Config.ConfigError> =>
  Layer.effect(KafkaConnection, Effect.flatMap(Config.unwrap(options), make))
