/** What cannot be read, and what is said of it. */
import { assert, describe, layer } from "@effect/vitest"
import * as Postgres from "@millrace/receivers/Postgres"
import { Cause, Effect, Exit, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { clientOf, database, freshName, isMissing, openPull, until, url } from "./database.ts"

const schema = freshName()

const made = Layer.effectDiscard(Effect.gen(function*() {
  const sql = yield* SqlClient
  const at = sql.literal(schema)
  yield* sql`create table ${at}.good (id bigint primary key, at timestamptz not null, value double precision not null, maybe bigint unique, word text not null)`
  yield* sql`create view ${at}.seen as select * from ${at}.good`
  yield* sql`create table ${at}.plain (id bigint not null, n integer)`
  yield* sql`insert into ${at}.plain values (1, 1), (1, 2), (2, 3)`
})).pipe(Layer.provideMerge(database(schema)))

type Options = Omit<Postgres.RowsOptions, "name">

const errorOf = (options: Options) => Effect.flip(Effect.scoped(Effect.asVoid(openPull(Postgres.rows({ name: "bad", ...options })))))

const good = `${schema}.good`

const refused: ReadonlyArray<readonly [title: string, options: Options, reason: string, words: string]> = [
  ["neither table nor query", { cursor: "id" }, "InvalidOption", "table must be given"],
  ["both", { cursor: "id", table: good, query: "select 1", writers: [good] }, "InvalidOption", "not both"],
  ["a name that is none", { cursor: "id", table: "x\"; drop table y; --" }, "InvalidOption", "\"table\" or \"schema.table\""],
  ["a page of nothing", { cursor: "id", table: good, pageSize: 0 }, "InvalidOption", "pageSize must be"],
  ["a query whose writers nobody knows", { cursor: "id", query: "select 1 as id" }, "InvalidOption", "writers must be given"],
  ["a writer that is no table", { cursor: "id", query: `select * from ${good}`, writers: [good, `${schema}.gone`] }, "InvalidOption", ".gone\" is not"],
  ["a writer that is a view", { cursor: "id", query: `select * from ${good}`, writers: [`${schema}.seen`], lag: 0 }, "InvalidOption", "of a view name the tables"],
  ["an unknown table", { cursor: "id", table: `${schema}.nowhere` }, "Rejected", "42P01"],
  ["an unknown column", { cursor: "nothing", table: good }, "Rejected", "42703"],
  ["a query that is none", { cursor: "id", query: "selec 1", lag: 0 }, "Rejected", "42601"],
  ["a cursor of the wrong type", { cursor: ["id", "value"], table: good }, "InvalidCursor", "is of type double precision"],
  ["a cursor that may be null", { cursor: "maybe", table: good }, "InvalidCursor", "may be null"],
  ["a cursor that is not unique", { cursor: "at", table: good, lag: 0 }, "InvalidCursor", "of no unique index"],
  ["a time without lag", { cursor: ["at", "id"], table: good }, "InvalidOption", "lag must be given"],
  ["a view as a table", { cursor: "id", table: `${schema}.seen` }, "InvalidCursor", "give a view or a foreign table as query"]
]

describe.skipIf(isMissing)("PostgreSQL", () => layer(made, { timeout: "60 seconds", excludeTestServices: true })("rows that cannot be read", (it) => {
  for (const [title, options, reason, words] of refused) {
    it.effect(`${title} is refused when it is opened, for good`, () =>
      Effect.gen(function*() {
        const error = yield* errorOf(options)
        assert.strictEqual(error.reason._tag, reason)
        assert.include(error.message, words)
        assert.isFalse(error.isRetryable)
      }))
  }

  it.effect("rows of a query that share a cursor are refused, wherever the page ends", () =>
    Effect.gen(function*() {
      for (const pageSize of [1, 2, 10]) {
        const options = { cursor: "id", query: `select * from ${schema}.plain`, lag: 0, pageSize, follow: false }
        const exit = yield* Effect.exit(Effect.scoped(Effect.flatten(openPull(Postgres.rows({ name: "twins", ...options })))))
        assert(Exit.isFailure(exit))
        assert.include(Cause.pretty(exit.cause), "is shared by rows")
      }
    }))

  it.effect("wrong credentials are told for good, and a server that is not there may come", () =>
    Effect.gen(function*() {
      const open = errorOf({ cursor: "id", table: good })
      const far = new URL(url)
      far.username = "nobody_of_that_name"
      far.password = "canary-9"
      const denied = yield* Effect.provide(open, clientOf(far.href))
      assert.strictEqual(denied.reason._tag, "NotAllowed")
      assert.isFalse(denied.isRetryable)
      assert.notInclude(`${denied.message} ${JSON.stringify(denied)} ${denied.stack ?? ""}`, "canary-9")
      const gone = yield* Effect.provide(open, clientOf("postgres://postgres@127.0.0.1:1/test"))
      assert.strictEqual(gone.reason._tag, "ConnectionLost")
      assert.include(gone.message, "nobody answers at 127.0.0.1:1 (ECONNREFUSED)")
      assert.isTrue(gone.isRetryable)
      const none = yield* Effect.provide(open, clientOf("canary-9"))
      assert.strictEqual(none.reason._tag, "InvalidOption")
      assert.isFalse(none.isRetryable)
      assert.notInclude(`${none.message} ${JSON.stringify(none)} ${none.stack ?? ""}`, "canary-9")
      far.username = "postgres"
      far.pathname = "/no_database_of_that_name"
      const missing = yield* Effect.provide(open, clientOf(far.href))
      assert.include(missing.message, "there is no such database")
    }))

  it.effect("a connection that is ended while it reads may be made again", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const mark = `${schema}_ended`
      const options = { cursor: "id", query: `select 1 as id, '${mark}' as mark, pg_sleep(30)`, lag: 0 }
      const opening = yield* Effect.forkScoped(errorOf(options))
      const ended = sql`select pg_terminate_backend(pid) from pg_stat_activity where query like ${`%${mark}%`} and pid <> pg_backend_pid()`
      yield* until(Effect.map(ended, (rows) => rows.length > 0))
      const error = yield* Fiber.join(opening)
      assert.strictEqual(error.reason._tag, "ConnectionLost")
      assert.isTrue(error.isRetryable)
    }))

  it.effect("a server that is slow is given up after the timeout, and tried again", () =>
    Effect.gen(function*() {
      const error = yield* errorOf({ cursor: "id", query: "select 1 as id from pg_sleep(30)", lag: 0, timeout: "100 millis" })
      assert.strictEqual(error.reason._tag, "TimedOut")
      assert.isTrue(error.isRetryable)
    }))
}))
