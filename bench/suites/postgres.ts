/** A batch of rows into PostgreSQL, with its id in the same transaction, against what one writes by hand for the rows alone. */
import { Batch } from "@millrace/core"
import * as Postgres from "@millrace/sinks/Postgres"
import { postgres as find } from "@millrace/tool-services"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { atLeast, type Figure, informational, type Suite } from "../harness/Figure.ts"
import { median } from "../harness/statistics.ts"

interface Order {
  readonly id: number
  readonly customer: string
  readonly total: number
  readonly at: Date
}

const rows = 10_000
const rounds = 15
const warm = 3
const chunk = 5_000

const orders: ReadonlyArray<Order> = Array.from({ length: rows }, (_, id) => ({
  id,
  customer: `customer ${(id * 7919) % 1_009}`,
  total: id * 1.25,
  at: new Date(1_767_225_600_000 + id)
}))

type Contender = Effect.Effect<void, SqlError | Postgres.PostgresError, SqlClient>

const timed = (effect: Contender) =>
  Effect.suspend(() => {
    const startedAt = performance.now()
    return Effect.map(effect, () => performance.now() - startedAt)
  })

/** One transaction of the driver's own inserts, as large as the sink's statements. */
const byHand = (sql: SqlClient, table: string) =>
  sql.withTransaction(Effect.gen(function*() {
    for (let from = 0; from < rows; from += chunk) {
      const [first, ...others] = orders.slice(from, from + chunk)
      if (first !== undefined) yield* sql`insert into ${sql(table)} ${sql.insert([{ ...first }, ...others.map((each) => ({ ...each }))])}`
    }
  }))

const compared = Effect.gen(function*() {
  const sql = yield* SqlClient
  const schema = `millrace_bench_${process.pid}`
  const table = `${schema}.orders`
  yield* Effect.acquireRelease(
    sql`create schema ${sql(schema)}`,
    () => Effect.orDie(sql`drop schema ${sql(schema)} cascade`)
  )
  yield* sql`create table ${sql(table)} (id integer, customer text, total double precision, at timestamptz)`
  const sink = Postgres.insert<Order>({ table, commitTable: `${schema}.batches`, row: (order) => ({ ...order }) })
  const writer = yield* sink.open({ pipeline: "bench", output: "orders", epoch: 1 })
  const bare: Array<number> = []
  const ours: Array<number> = []
  for (let round = 0; round < warm + rounds; round++) {
    const contenders: ReadonlyArray<readonly [Array<number>, Contender]> = [
      [bare, byHand(sql, table)],
      [ours, writer.commit(Batch.make(round + 1, round + 1, orders))]
    ]
    for (const [times, effect] of round % 2 === 0 ? contenders : contenders.toReversed()) {
      yield* sql`truncate ${sql(table)}`
      const millis = yield* timed(effect)
      const [found] = yield* sql<{ readonly rows: number }>`select count(*)::integer as rows from ${sql(table)}`
      if (found?.rows !== rows) throw new Error(`Of ${rows} rows ${found?.rows} were written`)
      if (round >= warm) times.push(millis)
    }
  }
  return { bare, ours }
})

const measure = async (): Promise<ReadonlyArray<Figure>> => {
  const server = await find()
  if (server === undefined) return []
  const { bare, ours } = await Effect.runPromise(
    Effect.scoped(compared).pipe(Effect.provide(Postgres.layer({ url: Redacted.make(server.url) })))
  )
  const millis = (times: ReadonlyArray<number>): string => median(times).toFixed(0)
  return [
    atLeast(
      "postgres.write.vs.bare",
      0.8,
      median(bare.map((time, round) => time / ours[round]!)),
      `${millis(ours)} ms for 10,000 rows and their batch, ${millis(bare)} for the rows alone by the driver`
    ),
    informational("postgres.rows.per.second", (rows / median(ours)) * 1_000, "", "rows in batches of 10,000")
  ]
}

export const postgres: Suite = { names: ["postgres.write.vs.bare", "postgres.rows.per.second"], run: measure }
