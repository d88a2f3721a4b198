/** The tables of the rates: how they are made, what goes into them, and what they are asked. */
import type { BatchSink } from "@millrace/core"
import * as Postgres from "@millrace/sinks/Postgres"
import { Data, Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Rate } from "./rates.ts"

/** A schema of the database for everything that the example has there. */
export const schemaPattern = /^[a-z_][a-z0-9_]{0,50}$/

const names = ["rates_in_total", "rates_in_window", "best_advertisements"] as const

export const makeTables = Effect.fnUntraced(function*(schema: string) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`create schema if not exists ${sql(schema)}`
  for (const name of names) {
    const key = name === "best_advertisements" ? sql`user_group` : sql`user_group, advertisement`
    yield* sql`create table if not exists ${sql(schema)}.${sql(name)} (
      user_group text not null,
      advertisement text not null,
      impressions bigint not null,
      clicks bigint not null,
      rate double precision not null,
      until timestamptz not null,
      primary key (${key})
    )`
  }
})

const row = ({ advertisement, clicks, group, impressions, rate, until }: Rate) => ({
  user_group: group,
  advertisement,
  impressions,
  clicks,
  rate,
  until: new Date(until)
})

type Table = BatchSink.BatchSink<Rate, Postgres.PostgresError, SqlClient.SqlClient>

const sinkOf = (schema: string, name: typeof names[number], key: readonly [string, ...ReadonlyArray<string>]): Table =>
  Postgres.upsert({ table: `${schema}.${name}`, commitTable: `${schema}.millrace_commit`, key, row })

/** A row for each advertisement and group. In the window those count that are of its newest `until`. */
export const sinks = (schema: string): Record<"inTotal" | "inWindow" | "best", Table> => ({
  inTotal: sinkOf(schema, "rates_in_total", ["user_group", "advertisement"]),
  inWindow: sinkOf(schema, "rates_in_window", ["user_group", "advertisement"]),
  best: sinkOf(schema, "best_advertisements", ["user_group"])
})

export interface Best {
  readonly user_group: string
  readonly advertisement: string
  readonly impressions: number
  readonly clicks: number
  readonly rate: number
  readonly until: Date
}

export class NoTables extends Data.TaggedError("NoTables")<{ readonly schema: string }> {
  override get message() {
    return `There are no tables in schema ${this.schema} yet: examples/ad-click-rates.ts makes them`
  }
}

/** The best advertisement of a group, or of each. A group that no advertisement was shown to lately has none. */
export const best = Effect.fnUntraced(function*(schema: string, group: string | undefined) {
  const sql = yield* SqlClient.SqlClient
  const [made] = yield* sql<{ readonly found: string | null }>`
    select to_regclass(${`${schema}.best_advertisements`})::text as found`
  if (made === undefined || made.found === null) return yield* new NoTables({ schema })
  return yield* sql<Best>`
    select user_group, advertisement, impressions::int, clicks::int, rate, until
    from ${sql(schema)}.best_advertisements
    where until = (select max(until) from ${sql(schema)}.rates_in_window)
      ${group === undefined ? sql`` : sql`and user_group = ${group}`}
    order by user_group`
})
