/** From lines of a topic to three tables: transactions, what is none, and the total of each account. */
import { DStream, Pipeline } from "@millrace/core"
import * as Kafka from "@millrace/receivers/Kafka"
import * as Postgres from "@millrace/sinks/Postgres"
import { Effect, Result, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { type Cause, parse, type Transaction } from "./Transaction.ts"

/** Where a record is in the topic. */
interface Place {
  readonly partition: number
  readonly offset: number
}

export type Parsed =
  | { readonly _tag: "Transaction"; readonly place: Place; readonly transaction: Transaction }
  | { readonly _tag: "Unparsable"; readonly place: Place; readonly line: string; readonly cause: Cause | "no text" }

const parsed = ({ offset, partition, value }: Kafka.KafkaRecord<Uint8Array, string>): Parsed => {
  const place = { partition, offset }
  if (value === null) return { _tag: "Unparsable", place, line: "", cause: "no text" }
  return Result.match(parse(value), {
    onSuccess: (transaction): Parsed => ({ _tag: "Transaction", place, transaction }),
    onFailure: (cause): Parsed => ({ _tag: "Unparsable", place, line: value, cause })
  })
}

const Total = Schema.Struct({ cents: Schema.Number, transactions: Schema.Number })

const transactionRow = ({ place, transaction: { account, cents, date, description, id } }: Extract<Parsed, { _tag: "Transaction" }>) => ({
  ...place,
  id,
  date,
  account,
  amount: cents / 100,
  description
})

/** Exactly once: ranges of offsets are in the checkpoint, and each batch of a table is one transaction. */
export const pipelineOf = (topic: string, schema: string) => {
  const lines = Kafka.direct({ name: "lines", topics: [topic], start: "earliest", value: Kafka.string })
  const records = DStream.map(DStream.fromReceiver(lines), parsed)
  const transactions = DStream.flatMap(records, (each) => each._tag === "Transaction" ? [each] : [])
  const unparsable = DStream.flatMap(records, (each) => each._tag === "Unparsable" ? [each] : [])
  const totals = transactions.pipe(
    DStream.map(({ transaction: { account, cents } }) => [account, { cents, transactions: 1 }] as const),
    DStream.runningReduceByKey({
      name: "totals",
      state: Total,
      reduce: (left, right) => ({ cents: left.cents + right.cents, transactions: left.transactions + right.transactions })
    })
  )
  const commitTable = `${schema}.millrace_commit`
  return Pipeline.make("kafka-transactions", {
    batchInterval: "500 millis",
    guarantee: "exactly-once",
    outputs: [
      DStream.to(transactions, "transactions", Postgres.insert({ table: `${schema}.transactions`, commitTable, row: transactionRow })),
      DStream.to(unparsable, "unparsable", Postgres.insert({
        table: `${schema}.unparsable`,
        commitTable,
        row: ({ cause, line, place }) => ({ ...place, line, cause })
      })),
      DStream.to(totals, "totals", Postgres.upsert({
        table: `${schema}.totals`,
        commitTable,
        key: ["account"],
        row: ([account, { cents, transactions }]) => ({ account, amount: cents / 100, transactions })
      }))
    ]
  })
}

export const makeTables = Effect.fnUntraced(function*(schema: string) {
  const sql = yield* SqlClient
  const table = (name: string) => sql(`${schema}.${name}`)
  yield* sql`create schema if not exists ${sql(schema)}`
  yield* sql`create table if not exists ${table("transactions")} ("partition" integer, "offset" bigint, id bigint not null,
    date date not null, account text not null, amount numeric(15, 2) not null, description text not null,
    primary key ("partition", "offset"))`
  yield* sql`create table if not exists ${table("unparsable")} ("partition" integer, "offset" bigint, line text not null,
    cause text not null, primary key ("partition", "offset"))`
  yield* sql`create table if not exists ${table("totals")} (account text primary key, amount numeric(15, 2) not null,
    transactions bigint not null)`
})
