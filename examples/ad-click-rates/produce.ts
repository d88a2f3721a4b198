/**
 * Sends events of advertisements to Kafka, until it is interrupted or has sent as many as it was told to.
 *
 *   npm run example -- ad-click-rates/produce --rate 200 --advertisements 8
 */
import { runMain } from "@millrace/core/node"
import { ProduceAcks, Producer, stringSerializers } from "@platformatic/kafka"
import { Effect, Option, Random, Schedule } from "effect"
import { Command, Flag } from "effect/cli"
import { events } from "./events.ts"
import { brokers, count, partitions, runCommand, topic } from "./options.ts"
import { makeTopic, tried } from "./topic.ts"

const beatMillis = 100

interface Options {
  readonly brokers: ReadonlyArray<string>
  readonly topic: string
  readonly partitions: number
  readonly rate: number
  readonly impressions: Option.Option<number>
  readonly advertisements: number
  readonly groups: number
  readonly seed: Option.Option<number>
}

const produce = (options: Options) =>
  Effect.gen(function*() {
    yield* makeTopic(options.brokers, options.topic, options.partitions)
    const clients = { clientId: "ad-producer", bootstrapBrokers: [...options.brokers] }
    const producer = yield* Effect.acquireRelease(
      Effect.sync(() => new Producer({ ...clients, serializers: stringSerializers })),
      (producer) => Effect.ignore(tried("closing", () => producer.close()))
    )
    const most = Option.getOrElse(options.impressions, () => Infinity)
    let impressions = 0
    let sent = 0
    const beat = Effect.gen(function*() {
      const due = Math.min(most - impressions, Math.max(1, Math.round(options.rate * beatMillis / 1000)))
      const next = yield* events(due, options)
      yield* tried("Events could not be sent", () =>
        producer.send({
          acks: ProduceAcks.ALL,
          messages: next.map((event) => ({ topic: options.topic, key: event.advertisement, value: JSON.stringify(event) }))
        }))
      impressions += due
      sent += next.length
    })
    yield* Effect.repeat(beat, { schedule: Schedule.spaced(beatMillis), until: () => impressions >= most }).pipe(
      Effect.ensuring(Effect.sync(() => void process.stdout.write(`${sent} events sent\n`)))
    )
  }).pipe(
    Effect.scoped,
    (program) => Option.match(options.seed, { onNone: () => program, onSome: (seed) => Random.withSeed(program, seed) })
  )

const command = Command.make("produce", {
  brokers,
  topic,
  partitions,
  rate: count("rate", 1_000_000).pipe(
    Flag.withDescription("Impressions per second (default 100)"),
    Flag.withDefault(100)
  ),
  impressions: count("impressions", 1_000_000_000).pipe(
    Flag.withDescription("Ends after so many (default: runs until Ctrl-C)"),
    Flag.optional
  ),
  advertisements: count("advertisements", 10_000).pipe(Flag.withDescription("How many there are (default 5)"), Flag.withDefault(5)),
  groups: count("groups", 1000).pipe(Flag.withDescription("How many groups of users there are (default 3)"), Flag.withDefault(3)),
  seed: Flag.Int("seed").pipe(Flag.withDescription("The same seed, the same events"), Flag.withMetavar("number"), Flag.optional)
}, produce).pipe(Command.withDescription("Sends impressions and clicks of advertisements to a topic of Kafka, as JSON."))

runMain(runCommand(command, process.argv.slice(2)))
