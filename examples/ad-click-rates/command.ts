/** The command line of the job, and the pipeline between the servers. */
import { CheckpointStore, DStream, Pipeline, StateStore } from "@millrace/core"
import * as Kafka from "@millrace/receivers/Kafka"
import * as Postgres from "@millrace/sinks/Postgres"
import { type Duration, Effect, Layer, type Redacted } from "effect"
import { Command, Flag } from "effect/cli"
import { explainDatabase } from "../kafka/database.ts"
import { AdEvent } from "./AdEvent.ts"
import { brokers, count, database, duration, partitions, runCommand, schema, topic } from "./options.ts"
import { clickRates } from "./rates.ts"
import { makeTables, sinks } from "./tables.ts"
import { makeTopic } from "./topic.ts"

interface Options {
  readonly brokers: ReadonlyArray<string>
  readonly topic: string
  readonly partitions: number
  readonly database: Redacted.Redacted<string>
  readonly schema: string
  readonly interval: Duration.Input
  readonly window: Duration.Input
  readonly slide: Duration.Input
  readonly minImpressions: number
}

/** What is no event is left out, and counted by the engine. */
const pipelineOf = (options: Options) => {
  const received = Kafka.direct({
    name: "events",
    topics: [options.topic],
    start: "earliest",
    value: Kafka.schema(AdEvent)
  })
  const events = DStream.fromReceiver(received).pipe(
    DStream.onError("drop"),
    DStream.flatMap(({ value }) => value === null ? [] : [value])
  )
  const rates = clickRates(events, {
    windowDuration: options.window,
    slideDuration: options.slide,
    minImpressions: options.minImpressions
  })
  const to = sinks(options.schema)
  return Pipeline.make("ad-click-rates", {
    batchInterval: options.interval,
    guarantee: "exactly-once",
    outputs: [
      DStream.to(rates.inTotal, "total", to.inTotal),
      DStream.to(rates.inWindow, "window", to.inWindow),
      DStream.to(rates.best, "best", to.best)
    ]
  })
}

const run = (options: Options) => {
  const databaseLayer = Postgres.layer({ url: options.database, maxConnections: 8 })
  const stores = Layer.merge(
    CheckpointStore.layerPostgres({ schema: options.schema }),
    Kafka.layer({ brokers: options.brokers, clientId: "ad-click-rates" })
  ).pipe(Layer.merge(StateStore.layerMemory), Layer.provideMerge(databaseLayer))
  return makeTopic(options.brokers, options.topic, options.partitions).pipe(
    Effect.andThen(explainDatabase(makeTables(options.schema))),
    Effect.andThen(Pipeline.run(pipelineOf(options))),
    Effect.provide(stores)
  )
}

const command = Command.make("ad-click-rates", {
  brokers,
  topic,
  partitions,
  database,
  schema,
  interval: duration("interval").pipe(Flag.withDescription("Batch interval (default 1 second)"), Flag.withDefault("1 second" as const)),
  window: duration("window").pipe(
    Flag.withDescription("What the rates are of, beside those in total (default 1 minute)"),
    Flag.withDefault("1 minute" as const)
  ),
  slide: duration("slide").pipe(
    Flag.withDescription("How often the rates in the window are told; windows and slides are multiples of the interval (default 5 seconds)"),
    Flag.withDefault("5 seconds" as const)
  ),
  minImpressions: count("min-impressions", 1_000_000).pipe(
    Flag.withDescription("An advertisement that was shown less often in the window is not the best one yet (default 10)"),
    Flag.withDefault(10)
  )
}, run).pipe(
  Command.withDescription("Counts impressions and clicks of advertisements from Kafka, and keeps their rates in PostgreSQL.")
)

export const main = (args: ReadonlyArray<string>) => runCommand(command, args)
