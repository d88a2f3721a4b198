/**
 * Sends transactions of accounts to a topic, a line each, for `kafka-transactions.ts`: a hundred that are always the same,
 * or with `--random` others each time. One in ten is broken.
 *
 *   npm run example -- kafka-transactions/producer --random --transactions 100000
 */
import { DStream, Pipeline, Receiver } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import * as Kafka from "@millrace/sinks/Kafka"
import { Effect, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { bootstrapServers, count, program, topic } from "../kafka/command.ts"
import { ensureTopic } from "../kafka/topics.ts"
import { fixed, random } from "./lines.ts"

const flags = {
  bootstrapServers,
  topic: topic("transactions"),
  isRandom: Flag.Boolean("random").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Random transactions, not the hundred that are always the same")
  ),
  transactions: count("transactions", 100, "How many; the fixed ones begin again after a hundred")
}

const linesOf = (isRandom: boolean, transactions: number): Stream.Stream<string> =>
  Stream.range(0, transactions - 1).pipe(
    isRandom ? Stream.mapEffect(random) : Stream.map((id) => fixed[id % fixed.length] ?? "")
  )

/** All lines of an account are in one partition, and so in their order. */
const keyOf = (line: string): string => line.split(",")[2] ?? ""

const producer = (topic: string, lines: Stream.Stream<string>) =>
  Pipeline.make("kafka-transactions-producer", {
    batchInterval: "200 millis",
    outputs: [
      DStream.to(
        DStream.fromReceiver(Receiver.fromStream({ name: "transactions" }, lines)),
        "lines",
        Kafka.produce({ topic, record: (line: string) => ({ key: keyOf(line), value: line }), compression: "lz4" })
      )
    ]
  })

runMain(program(Command.make("producer", flags, ({ bootstrapServers, isRandom, topic, transactions }) =>
  Effect.andThen(ensureTopic(bootstrapServers, topic), Pipeline.run(producer(topic, linesOf(isRandom, transactions)))).pipe(
    Effect.provide(Kafka.layer({ brokers: bootstrapServers }))
  ))))
