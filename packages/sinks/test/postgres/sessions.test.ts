import { assert, describe, it, layer } from "@effect/vitest"
import { Batch } from "@millrace/core"
import * as Postgres from "@millrace/sinks/Postgres"
import { Cause, Config, ConfigProvider, Deferred, Effect, Exit, Fiber, Layer, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { loaded } from "../../src/postgres/driver.ts"
import { clientOf, database, freshName, isMissing, url } from "./database.ts"

const schema = freshName()
const commitTable = `${schema}.batches`
const table = `${schema}.counts`
type Pair = readonly [word: string, n: number]
const batch = Batch.make<Pair>(1, 1000, [["a", 1], ["b", 2]])
const insert = Postgres.insert({ table, commitTable, row: ([word, n]: Pair) => ({ word, n }) })
const identity = (output: string) => ({ pipeline: "sessions", output, epoch: 1 })

const emptied = Effect.gen(function*() {
  const sql = yield* SqlClient
  yield* sql`drop table if exists ${sql(table)}`
  yield* sql`create table ${sql(table)} (word text primary key, n integer not null)`
  return { sql, count: Effect.map(sql`select 1 from ${sql(table)}`, (rows) => rows.length) }
})

describe.skipIf(isMissing)("sessions of PostgreSQL", () =>
  layer(database(schema), { timeout: "60 seconds", excludeTestServices: true })((it) => {
    it.effect("a batch waits for the disk where the session does not", () =>
      Effect.gen(function*() {
        const seen: Array<unknown> = []
        const setting = (sql: SqlClient) =>
          Effect.map(sql`select current_setting('synchronous_commit') as value`, (rows) => void seen.push(rows[0]))
        const sink = Postgres.transaction((sql, _: Batch.Batch<Pair>) => setting(sql), { commitTable })
        for (const synchronous_commit of ["off", "local", "on"]) {
          yield* Effect.provide(
            Effect.gen(function*() {
              const writer = yield* sink.open(identity(synchronous_commit))
              yield* writer.commit(batch)
              yield* setting(yield* SqlClient)
            }),
            clientOf(url, { startupParameters: { synchronous_commit } })
          )
        }
        assert.deepStrictEqual(seen, ["local", "off", "local", "local", "on", "on"].map((value) => ({ value })))
      }))

    it.effect("a statement that takes too long is given up, and the batch tried again", () =>
      Effect.gen(function*() {
        const { count, sql } = yield* emptied
        const sink = Postgres.insert({
          table,
          commitTable,
          statementTimeout: "100 millis",
          row: ([word, n]: Pair) => ({ word, n })
        })
        const writer = yield* sink.open(identity("slow"))
        const error = yield* sql.withTransaction(Effect.andThen(
          sql`lock table ${sql(table)}`,
          Effect.provide(
            Effect.flatMap(sink.open(identity("slow")), (other) => Effect.flip(other.commit(batch))),
            clientOf(url)
          )
        ))
        assert.deepStrictEqual(error.reason, { _tag: "Busy", code: "57014" })
        assert.isTrue(error.isRetryable)
        yield* writer.commit(batch)
        assert.strictEqual(yield* count, 2)
      }))

    it.effect("a batch that is interrupted is rolled back, and may come again", () =>
      Effect.gen(function*() {
        const { count } = yield* emptied
        const isWriting = yield* Deferred.make<void>()
        let holds = true
        const sink = Postgres.transaction((sql, { items }: Batch.Batch<Pair>) =>
          Effect.forEach(items, ([word, n]) => sql`insert into ${sql(table)} ${sql.insert({ word, n })}`).pipe(
            Effect.andThen(Deferred.succeed(isWriting, undefined)),
            Effect.andThen(Effect.suspend(() => holds ? Effect.never : Effect.void))
          ), { commitTable })
        const writer = yield* sink.open(identity("interrupted"))
        const commit = yield* Effect.forkChild(writer.commit(batch))
        yield* Deferred.await(isWriting)
        yield* Fiber.interrupt(commit)
        const exit = yield* Fiber.await(commit)
        assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
        assert.strictEqual(yield* count, 0)
        assert.isTrue(Option.isNone(yield* writer.lastCommitted))
        holds = false
        yield* writer.commit(batch)
        assert.strictEqual(yield* count, 2)
      }))

    it.effect("an error of one's own passes as it is, with the batch rolled back", () =>
      Effect.gen(function*() {
        const { count } = yield* emptied
        const sink = Postgres.transaction(
          (sql, _: Batch.Batch<Pair>) =>
            Effect.andThen(sql`insert into ${sql(table)} ${sql.insert({ word: "a", n: 1 })}`, Effect.fail("mine" as const)),
          { commitTable }
        )
        const writer = yield* sink.open(identity("own"))
        assert.strictEqual(yield* Effect.flip(writer.commit(batch)), "mine")
        assert.strictEqual(yield* count, 0)
      }))

    it.effect("a connection that is lost fails with its error alone, whatever the rollback dies of", () =>
      Effect.gen(function*() {
        const sink = Postgres.transaction((sql, _: Batch.Batch<Pair>) =>
          Effect.flatMap(sql<{ readonly pid: number }>`select pg_backend_pid() as pid`, ([row]) =>
            Effect.andThen(
              Effect.provide(Effect.flatMap(SqlClient, (other) => other`select pg_terminate_backend(${row?.pid ?? 0})`), clientOf(url)),
              sql`select 1`
            )), { commitTable })
        const writer = yield* sink.open(identity("lost"))
        const exit = yield* Effect.exit(writer.commit(batch))
        assert(Exit.isFailure(exit))
        assert.deepStrictEqual(exit.cause.reasons.map(({ _tag }) => _tag), ["Fail"])
        const error = Option.getOrThrow(Cause.findErrorOption(exit.cause))
        assert.deepStrictEqual([error.reason, error.isRetryable], [{ _tag: "ConnectionLost" }, true])
      }))

    it.effect("a user that is not there may not, and no try makes it so; the password is nowhere", () =>
      Effect.gen(function*() {
        const far = new URL(url)
        far.username = "nobody_of_that_name"
        far.password = "canary-9"
        const error = yield* Effect.flip(Effect.scoped(Effect.provide(insert.open(identity("user")), clientOf(far.href))))
        assert(error instanceof Postgres.PostgresError)
        assert.deepStrictEqual(error.reason, { _tag: "NotAllowed", code: "28000" })
        assert.isFalse(error.isRetryable)
        assert.notInclude(`${error.message} ${JSON.stringify(error)} ${error.stack ?? ""}`, "canary-9")
      }))

    it.effect("where nobody answers is told; a url that is none, and a database that is not there, are not tried again", () =>
      Effect.gen(function*() {
        const errorAt = Effect.fnUntraced(function*(at: string) {
          const error = yield* Effect.flip(Effect.scoped(Effect.provide(insert.open(identity("at")), clientOf(at))))
          assert(error instanceof Postgres.PostgresError)
          assert.notInclude(`${error.message} ${JSON.stringify(error)} ${error.stack ?? ""}`, "canary-9")
          return error
        })
        const gone = yield* errorAt("postgres://postgres:canary-9@127.0.0.1:1/test")
        assert.include(gone.message, "nobody answers at 127.0.0.1:1 (ECONNREFUSED)")
        assert.isTrue(gone.isRetryable)
        const none = yield* errorAt("canary-9")
        assert.deepStrictEqual([none.reason._tag, none.isRetryable], ["BadOptions", false])
        const missing = new URL(url)
        missing.pathname = "/no_database_of_that_name"
        const absent = yield* errorAt(missing.href)
        assert.include(absent.message, "there is no such database")
        assert.isFalse(absent.isRetryable)
      }))

    it.effect("rights that are missing are told, and a table of batches that was made for the user does", () =>
      Effect.gen(function*() {
        const { count, sql } = yield* emptied
        const role = schema
        yield* Effect.acquireRelease(
          sql`create role ${sql(role)} login`,
          () => Effect.orDie(Effect.andThen(sql`drop owned by ${sql(role)}`, sql`drop role ${sql(role)}`))
        )
        yield* sql`grant usage on schema ${sql(schema)} to ${sql(role)}`
        yield* sql`grant insert on ${sql(table)} to ${sql(role)}`
        const as = new URL(url)
        as.username = role
        const made = `${schema}.made_for_others`
        const sink = Postgres.insert({ table, commitTable: made, row: ([word, n]: Pair) => ({ word, n }) })
        const commit = Effect.scoped(Effect.flatMap(sink.open(identity("rights")), (writer) => writer.commit(batch)))
        const error = yield* Effect.flip(Effect.provide(commit, clientOf(as.href)))
        assert(error instanceof Postgres.PostgresError)
        assert.deepStrictEqual(error.reason, { _tag: "NotAllowed", code: "42501" })
        yield* sql`create table ${sql(made)} (pipeline text, output text, epoch bigint, batch bigint, primary key (pipeline, output))`
        yield* sql`grant select, insert, update on ${sql(made)} to ${sql(role)}`
        yield* Effect.provide(commit, clientOf(as.href))
        assert.strictEqual(yield* count, 2)
      }))

    it.effect("the layers of this module connect, with options and by configuration", () =>
      Effect.gen(function*() {
        const { count } = yield* emptied
        const commit = (id: number) =>
          Effect.scoped(Effect.flatMap(insert.open(identity("layers")), (writer) =>
            writer.commit(Batch.make<Pair>(id, 1000, [[`word ${id}`, id]]))))
        yield* Effect.provide(commit(1), Postgres.layer({ url: Redacted.make(url) }))
        const configuration = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { DATABASE_URL: url } }))
        const configured = Postgres.layerConfig({ url: Config.Redacted("DATABASE_URL") })
        yield* Effect.provide(commit(2), Layer.provide(configured, configuration))
        assert.strictEqual(yield* count, 2)
      }))
  }))

describe("the driver", () => {
  it.effect("that is not installed is named", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(loaded(() => Promise.reject(new Error("Cannot find package"))))
      assert(Exit.isFailure(exit))
      assert.include(Cause.pretty(exit.cause), "npm install @effect/sql-pg")
    }))
})
