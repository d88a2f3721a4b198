/**
 * Reads transactions of accounts from a topic, a line each, and keeps three tables in PostgreSQL: `transactions`, the
 * `totals` of the accounts, and what is `unparsable`, with why. It can be stopped or killed at any moment: started again it
 * goes on, and each line counts once.
 *
 *   npm run services                                  (starts a Kafka and a PostgreSQL where none run, and says where)
 *   npm run example -- kafka-transactions/producer
 *   npm run example -- kafka-transactions
 *   psql postgres://postgres@127.0.0.1:5432/test -c "select * from example.totals"
 *
 * Where they are elsewhere than on their usual ports, both take `--bootstrap-servers`, and the second one `--database`.
 * `--help` has the options: brokers, topic, database, schema, and the directory of the checkpoint.
 */
import { Pipeline, StateStore } from "@millrace/core"
import { CheckpointFiles, runMain } from "@millrace/core/node"
import * as Kafka from "@millrace/receivers/Kafka"
import * as Postgres from "@millrace/sinks/Postgres"
import { Effect, Layer, Redacted } from "effect"
import { Command, Flag } from "effect/cli"
import { bootstrapServers, program, topic } from "./kafka/command.ts"
import { explainDatabase } from "./kafka/database.ts"
import { ensureTopic } from "./kafka/topics.ts"
import { makeTables, pipelineOf } from "./kafka-transactions/pipeline.ts"

const flags = {
  bootstrapServers,
  topic: topic("transactions"),
  database: Flag.String("database").pipe(
    Flag.withDefault("postgres://postgres@127.0.0.1:5432/test"),
    Flag.withMetavar("url"),
    Flag.withDescription("The database (default postgres://postgres@127.0.0.1:5432/test)")
  ),
  schema: Flag.String("schema").pipe(
    Flag.withDefault("example"),
    Flag.withMetavar("name"),
    Flag.withDescription("The schema of the tables, made where it is not there (default example)")
  ),
  checkpoint: Flag.String("checkpoint").pipe(
    Flag.withDefault("kafka-transactions-checkpoint"),
    Flag.withMetavar("directory"),
    Flag.withDescription("What is needed to go on; to begin anew remove it and drop the schema, which knows what it has")
  )
}

runMain(program(Command.make("kafka-transactions", flags, ({ bootstrapServers, checkpoint, database, schema, topic }) =>
  Effect.gen(function*() {
    yield* ensureTopic(bootstrapServers, topic)
    yield* explainDatabase(makeTables(schema))
    yield* Pipeline.run(pipelineOf(topic, schema))
  }).pipe(Effect.provide(Layer.mergeAll(
    Kafka.layer({ brokers: bootstrapServers }),
    Postgres.layer({ url: Redacted.make(database) }),
    StateStore.layerMemory,
    CheckpointFiles.layer({ directory: checkpoint })
  ))))))
