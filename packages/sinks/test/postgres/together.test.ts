import { assert, describe, layer } from "@effect/vitest"
import { type Batch, CheckpointStore, DStream, Pipeline, Receiver } from "@millrace/core"
import * as Postgres from "@millrace/sinks/Postgres"
import { Cause, Effect, Exit, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { clientOf, database, freshName, isMissing, url } from "./database.ts"

const schema = freshName()
const table = `${schema}.numbers`
const commitTable = `${schema}.batches`
const numbers = Array.from({ length: 24 }, (_, n) => n)
/** A batch takes three. */
const threes = Array.from({ length: 8 }, (_, part) => numbers.slice(3 * part, 3 * part + 3))
const Checkpoints = CheckpointStore.layerPostgres({ schema }).pipe(Layer.provideMerge(clientOf(url)))

/** Some batches of numbers into the table; `trouble` comes after the rows of a batch, in its transaction. */
const run = (trouble: (sql: SqlClient, batch: number) => Effect.Effect<unknown, unknown> = () => Effect.void) =>
  Pipeline.run(Pipeline.make("numbers", {
    batchInterval: "20 millis",
    guarantee: "exactly-once",
    outputs: [
      DStream.to(
        DStream.fromReceiver(Receiver.queue({ name: "numbers" }, threes)),
        "rows",
        Postgres.transaction((sql, { id, items }: Batch.Batch<number>) =>
          Effect.andThen(
            Effect.forEach(items, (n) => sql`insert into ${sql(table)} ${sql.insert({ n })}`),
            trouble(sql, id)
          ), { commitTable })
      )
    ]
  })).pipe(Effect.provide(Checkpoints))

const kept = Effect.gen(function*() {
  const sql = yield* SqlClient
  const rows = yield* sql<{ readonly n: number }>`select n from ${sql(table)} order by n`
  const [{ batch } = { batch: 0 }] = yield* sql<{ readonly batch: number }>`select batch::integer as batch from ${sql(commitTable)}`
  return { sql, batch, numbers: rows.map(({ n }) => n) }
})

describe.skipIf(isMissing)("rows and positions in one database", () =>
  layer(database(schema), { timeout: "60 seconds", excludeTestServices: true })((it) => {
    it.effect("a run that ends between the journal and the rows is taken up by the next, row for row", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient
        yield* sql`create table ${sql(table)} (n integer not null)`
        const broken = yield* Effect.exit(run((sql, batch) => batch < 3 ? Effect.void : sql`select 1 / 0`))
        assert.isTrue(Exit.isFailure(broken))
        const before = yield* kept
        assert.deepStrictEqual([before.batch, before.numbers], [2, numbers.slice(0, 6)])

        let ends = 0
        yield* run((sql, batch) =>
          batch > 3 && ends++ < 2 ? sql`select pg_terminate_backend(pg_backend_pid())` : Effect.void)
        assert.isAbove(ends, 2)
        assert.deepStrictEqual((yield* kept).numbers, numbers)

        yield* run()
        assert.deepStrictEqual((yield* kept).numbers, numbers)
      }))

    it.effect("a checkpoint that is older than the rows is noticed", () =>
      Effect.gen(function*() {
        const { sql } = yield* kept
        for (const name of ["journal", "snapshot"]) yield* sql`delete from ${sql(`${schema}.millrace_${name}`)}`
        const exit = yield* Effect.exit(run())
        assert(Exit.isFailure(exit))
        assert.include(Cause.pretty(exit.cause), "is older than its outputs: output \"rows\" has batch")
        assert.deepStrictEqual((yield* kept).numbers, numbers)
      }))
  }))
