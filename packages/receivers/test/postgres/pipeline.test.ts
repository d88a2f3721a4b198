import { assert, describe, layer } from "@effect/vitest"
import { BatchSink, CheckpointStore, DStream, Pipeline } from "@millrace/core"
import * as Postgres from "@millrace/receivers/Postgres"
import { Cause, Data, Effect, Exit, Metric } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { column, database, freshName, isMissing } from "./database.ts"

const schema = freshName()

class Full extends Data.TaggedError("Full")<{}> {
  readonly isRetryable = false
}

const count = 600

const pipelineOf = (
  table: string,
  outbox: "on" | "off",
  commit: (items: ReadonlyArray<Postgres.Row>) => Effect.Effect<unknown, Full>
) => {
  const receiver = Postgres.rows({ name: "orders", table, cursor: "id", pageSize: 20, follow: false, initialRate: 5_000, maxRate: 5_000 })
  const output = DStream.to(DStream.fromReceiver(receiver), "kept", BatchSink.make(({ items }) => commit(items)))
  return Pipeline.make("rows", { batchInterval: "10 millis", outbox, outputs: [output] })
}

describe.skipIf(isMissing)("PostgreSQL", () => layer(database(schema), { timeout: "60 seconds", excludeTestServices: true })("rows in a pipeline with a checkpoint", (it) => {
  for (const outbox of ["on", "off"] as const) {
    it.effect(`come once, in order, though every second commit ends the run; outbox ${outbox}`, () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient
        const table = `${schema}.orders_${outbox}`
        yield* sql`create table ${sql(table)} (id bigint generated always as identity primary key, n integer)`
        yield* sql`insert into ${sql(table)} (n) select n from generate_series(1, ${count}) as n`
        const kept: Array<unknown> = []
        let commits = 0
        let runs = 0
        const commit = (items: ReadonlyArray<Postgres.Row>) =>
          items.length > 0 && ++commits % 2 === 1 ? new Full() : Effect.sync(() => kept.push(...column(items, "n")))
        for (let exit: Exit.Exit<void, unknown> = Exit.fail("not yet"); Exit.isFailure(exit); runs++) {
          exit = yield* Effect.exit(Pipeline.run(pipelineOf(table, outbox, commit)))
        }
        assert.deepStrictEqual(kept, Array.from({ length: count }, (_, index) => index + 1))
        assert.isAtLeast(runs, 2)
        const polls = (yield* Metric.snapshot).filter(({ attributes, id }) =>
          id === "millrace_postgres_polls_total" && attributes?.["receiver"] === "orders")
        assert.lengthOf(polls, 1)
      }).pipe(Effect.provide(CheckpointStore.layerMemory)))
  }

  it.effect("fail the pipeline where trying again cannot help", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Pipeline.run(pipelineOf(`${schema}.nowhere`, "off", () => Effect.void)))
      assert(Exit.isFailure(exit))
      assert.include(Cause.pretty(exit.cause), "SQLSTATE 42P01")
    }))
}))
