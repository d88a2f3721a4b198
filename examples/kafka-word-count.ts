/**
 * Counts the words of each two seconds' messages of a topic, as the direct word count of Spark Streaming does.
 *
 *   npm run services                                  (starts a Kafka where none runs, and says where)
 *   npm run example -- kafka-word-count/producer
 *   npm run example -- kafka-word-count
 *
 * Both take `--bootstrap-servers`, for a Kafka elsewhere than at 127.0.0.1:9092, and `--topic`; `--help` has the rest.
 */
import { DStream, Pipeline } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import * as Kafka from "@millrace/receivers/Kafka"
import * as Console from "@millrace/sinks/Console"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { bootstrapServers, program, topic } from "./kafka/command.ts"
import { ensureTopic } from "./kafka/topics.ts"

const flags = {
  bootstrapServers,
  topic: topic("words"),
  start: Flag.Literals("start", ["earliest", "latest"]).pipe(
    Flag.withDefault("earliest"),
    Flag.withDescription("Where to begin to read (default earliest)")
  )
}

const wordCount = (topic: string, start: "earliest" | "latest") => {
  const messages = DStream.fromReceiver(Kafka.direct({ name: "messages", topics: [topic], start, value: Kafka.string }))
  const counts = messages.pipe(
    DStream.flatMap(({ value }) => value?.split(" ") ?? []),
    DStream.map((word) => [word, 1]),
    DStream.reduceByKey((left, right) => left + right)
  )
  return Pipeline.make("kafka-word-count", {
    batchInterval: "2 seconds",
    outputs: [DStream.to(counts, "print", Console.print())]
  })
}

runMain(program(Command.make("kafka-word-count", flags, ({ bootstrapServers, start, topic }) =>
  Effect.andThen(ensureTopic(bootstrapServers, topic), Pipeline.run(wordCount(topic, start))).pipe(
    Effect.provide(Kafka.layer({ brokers: bootstrapServers }))
  ))))
