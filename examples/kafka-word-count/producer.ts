/**
 * Sends messages of random words to a topic, so many each second, for `kafka-word-count.ts`. It is a pipeline itself.
 *
 *   npm run example -- kafka-word-count/producer --messages-per-second 10 --words-per-message 5
 */
import { DStream, Pipeline, Receiver } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import * as Kafka from "@millrace/sinks/Kafka"
import { Duration, Effect, Random, Schedule, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { bootstrapServers, count, program, topic } from "../kafka/command.ts"
import { ensureTopic } from "../kafka/topics.ts"

const words: readonly [string, ...ReadonlyArray<string>] = ["to", "be", "or", "not", "that", "is", "the", "question"]

const flags = {
  bootstrapServers,
  topic: topic("words"),
  perSecond: count("messages-per-second", 10, "Messages each second"),
  perMessage: count("words-per-message", 5, "Words of a message"),
  messages: count("messages", 1_000_000, "Ends after so many messages"),
  seed: Flag.String("seed").pipe(
    Flag.withDefault(""),
    Flag.withMetavar("text"),
    Flag.withDescription("The same seed makes the same words (default: others each time)")
  )
}

const message = (length: number) =>
  Effect.map(Effect.forEach(Array.from({ length }), () => Random.choice(words)), (chosen) => chosen.join(" "))

const producer = (topic: string, messages: Stream.Stream<string>) =>
  Pipeline.make("kafka-word-count-producer", {
    batchInterval: "200 millis",
    outputs: [
      DStream.to(
        DStream.fromReceiver(Receiver.fromStream({ name: "random" }, messages)),
        "messages",
        Kafka.produce({ topic, record: (value: string) => ({ value }) })
      )
    ]
  })

runMain(program(Command.make("producer", flags, ({ bootstrapServers, messages, perMessage, perSecond, seed, topic }) => {
  const made = Stream.fromEffectSchedule(message(perMessage), Schedule.fixed(Duration.millis(1_000 / perSecond))).pipe(
    Stream.take(messages)
  )
  const run = Effect.andThen(ensureTopic(bootstrapServers, topic), Pipeline.run(producer(topic, made))).pipe(
    Effect.provide(Kafka.layer({ brokers: bootstrapServers }))
  )
  return seed === "" ? run : run.pipe(Random.withSeed(seed))
})))
