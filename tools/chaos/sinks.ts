/** Sinks of servers that are there only in some runs, with what they need of their own. */
import { BatchSink } from "@millrace/core"
import * as Kafka from "@millrace/sinks/Kafka"
import * as Postgres from "@millrace/sinks/Postgres"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Database } from "./Database.ts"
import type { Counted, Settings } from "./Settings.ts"

type Format = (item: Counted) => string

/** Rows in a PostgreSQL. */
export const postgresSink = ({ schema, url }: Database, format: Format) =>
  provided(
    Postgres.insert({
      table: `${schema}.lines`,
      commitTable: `${schema}.batches`,
      row: (item: Counted) => ({ line: format(item) })
    }),
    PgClient.layer({ url: Redacted.make(url) })
  )

/** Records in a topic, in transactions. */
export const kafkaSink = ({ topic, url }: NonNullable<Settings["kafka"]>, format: Format) =>
  provided(
    Kafka.transactional({ topic, record: (item: Counted) => ({ key: item.key, value: format(item) }) }),
    Kafka.layer({ brokers: [url] })
  )

const provided = <A, E, R, E2>(
  sink: BatchSink.BatchSink<A, E, R>,
  layer: Layer.Layer<R, E2>
): BatchSink.BatchSink<A, E | E2> =>
  BatchSink.fromOpen({
    commitClass: sink.commitClass,
    open: Effect.fnUntraced(function*(identity: BatchSink.Identity) {
      const context = yield* Layer.build(layer)
      const writer = yield* Effect.provideContext(sink.open(identity), context)
      return {
        lastCommitted: Effect.provideContext(writer.lastCommitted, context),
        commit: (batch) => Effect.provideContext(writer.commit(batch), context)
      }
    })
  })
