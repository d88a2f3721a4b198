import { assert, describe, layer } from "@effect/vitest"
import { BatchSink, DStream, Pipeline, Receiver } from "@millrace/core"
import * as Postgres from "@millrace/receivers/Postgres"
import { Cause, Effect, Exit, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { database, freshName, isMissing } from "./database.ts"

const schema = freshName()
const table = `${schema}.prices`

const priced = (items: ReadonlyArray<ReadonlyArray<string>>, prices: Parameters<typeof run>[1], between: Effect.Effect<unknown, unknown, SqlClient> = Effect.void) =>
  run(items, prices, between)

const run = (
  batches: ReadonlyArray<ReadonlyArray<string>>,
  prices: ReturnType<typeof Postgres.table<string, number>>,
  between: Effect.Effect<unknown, unknown, SqlClient>
) =>
  Effect.gen(function*() {
    const found: Array<unknown> = []
    const joined = DStream.fromReceiver(Receiver.queue({ name: "sold" }, batches)).pipe(
      DStream.map((article) => [article, 1] as const),
      DStream.leftOuterJoinTable(prices)
    )
    const sink = BatchSink.make(({ items }: { readonly items: ReadonlyArray<unknown> }) =>
      Effect.andThen(Effect.sync(() => found.push(...items)), items.length > 0 ? Effect.orDie(between) : Effect.void))
    const exit = yield* Effect.exit(Pipeline.run(Pipeline.make("priced", {
      batchInterval: "20 millis",
      commitDepth: 1,
      outputs: [DStream.to(joined, "out", sink)]
    })))
    return { found: JSON.parse(JSON.stringify(found)), exit }
  })

const options = {
  name: "prices",
  table,
  schema: Schema.Struct({ article: Schema.String, cents: Schema.Int }),
  key: ({ article }: { readonly article: string }) => article,
  value: ({ cents }: { readonly cents: number }) => cents
}

describe.skipIf(isMissing)("PostgreSQL", () => layer(database(schema), { timeout: "60 seconds", excludeTestServices: true })("a table to join with", (it) => {
  const filled = Effect.gen(function*() {
    const sql = yield* SqlClient
    yield* sql`drop table if exists ${sql(table)}`
    yield* sql`create table ${sql(table)} (article text primary key, cents integer)`
    yield* sql`insert into ${sql(table)} values ('tea', 100), ('rye', 200)`
    return sql
  })

  it.effect("is loaded once, or before every batch", () =>
    Effect.gen(function*() {
      const sql = yield* filled
      const raised = sql`update ${sql(table)} set cents = cents + 1`
      const sold = [["tea"], ["tea", "oat"]]
      const once = yield* priced(sold, Postgres.table(options), raised)
      assert.strictEqual(JSON.stringify(once.found).match(/100/g)?.length, 2)
      const each = yield* priced(sold, Postgres.table({ ...options, refresh: "batch" }), raised)
      assert.include(JSON.stringify(each.found), "102")
      assert.isTrue(Exit.isSuccess(each.exit))
    }))

  it.effect("takes rows of a query as they are, without a schema", () =>
    Effect.gen(function*() {
      yield* filled
      const prices = Postgres.table({
        name: "cheap",
        query: (sql) => sql`select * from ${sql(table)} where cents < ${150}`,
        key: (row) => String(row["article"]),
        value: (row) => Number(row["cents"])
      })
      assert.include(JSON.stringify((yield* priced([["tea", "rye"]], prices)).found), "100")
    }))

  it.effect("that has too many rows, rows that do not fit, or no table fails the batch", () =>
    Effect.gen(function*() {
      const sql = yield* filled
      const messageOf = (prices: ReturnType<typeof Postgres.table<string, number>>) =>
        Effect.map(priced([["tea"]], prices), ({ exit }) => Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "none")
      assert.include(yield* messageOf(Postgres.table({ ...options, maxRows: 1 })), "more than 1 rows")
      assert.include(yield* messageOf(Postgres.table({ ...options, table: `${schema}.nowhere` })), "42P01")
      assert.include(yield* messageOf(Postgres.table({ ...options, maxRows: -1 })), "maxRows must be")
      yield* sql`insert into ${sql(table)} values ('canary-3', null)`
      const unfit = yield* messageOf(Postgres.table(options))
      assert.include(unfit, "does not fit the schema at \"cents\"")
      assert.notInclude(unfit, "canary-3")
    }))
}))
