/** The lines that come from a source, read by the receiver for it. */
import { DStream } from "@millrace/core"
import * as Files from "@millrace/receivers/Files"
import * as Kafka from "@millrace/receivers/Kafka"
import * as Mqtt from "@millrace/receivers/Mqtt"
import * as Tcp from "@millrace/receivers/Tcp"
import { Layer } from "effect"
import { join } from "node:path"
import { keyProperty, type Settings } from "./Settings.ts"

/** The brokers, which are asked for nothing where lines come from elsewhere. */
export const brokersOf = ({ source }: Settings) =>
  Layer.merge(
    Kafka.layer({ brokers: [source._tag === "kafka" ? source.url : "127.0.0.1:9"] }),
    Mqtt.layer({ url: source._tag === "mqtt" ? source.url : "mqtt://127.0.0.1:9" })
  )

export const linesOf = (
  { directory, rate, source }: Settings
): DStream.DStream<string, unknown, Kafka.KafkaConnection | Mqtt.MqttConnection> => {
  const options = { name: "input", initialRate: rate }
  switch (source._tag) {
    case "files":
      return DStream.fromReceiver(
        Files.lines({ ...options, path: join(directory, "input"), blockBytes: 8 * 1024, maxRate: rate })
      )
    case "tcp":
      return DStream.fromReceiver(Tcp.lines({ ...options, host: "127.0.0.1", port: source.port, onEnd: "end" }))
    case "mqtt": {
      const { clientId, topic } = source
      const deduplicateBy = (message: Mqtt.Message<Uint8Array>) => Mqtt.userProperty(message, keyProperty)
      const subscriptions = [topic]
      const messages = Mqtt.messages({ ...options, clientId, subscriptions, payload: Mqtt.string, deduplicateBy })
      return DStream.map(DStream.fromReceiver(messages), ({ payload }) => payload)
    }
    case "kafka": {
      const records = Kafka.direct({ ...options, topics: [source.topic], start: "earliest", value: Kafka.string })
      return DStream.map(DStream.fromReceiver(records), ({ value }) => value ?? "")
    }
  }
}
