import { assert, describe, layer } from "@effect/vitest"
import { Batch, type BatchSink } from "@millrace/core"
import * as Postgres from "@millrace/sinks/Postgres"
import { Effect, Exit, Option, Schedule, Tracer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { inspect } from "node:util"
import { clientOf, database, freshName, isMissing, url } from "./database.ts"
import { proxied } from "./proxy.ts"

const schema = freshName()
const commitTable = `${schema}.batches`

type Pair = readonly [word: string, n: number]
const row = ([word, n]: Pair) => ({ word, n })

const counts = Effect.gen(function*() {
  const sql = yield* SqlClient
  yield* sql`drop table if exists ${sql(`${schema}.counts`)}`
  yield* sql`create table ${sql(`${schema}.counts`)} (word text primary key, n integer not null)`
  const rows = Effect.map(
    sql<{ readonly word: string; readonly n: number }>`select word, n from ${sql(`${schema}.counts`)} order by word`,
    (found) => found.map(({ n, word }): Pair => [word, n])
  )
  return { sql, rows }
})

let outputs = 0
const identity = (epoch = 1): BatchSink.Identity => ({ pipeline: "p", output: `out ${outputs}`, epoch })
const fresh = () => {
  outputs++
  return identity()
}

const table = `${schema}.counts`

describe.skipIf(isMissing)("PostgreSQL", () => layer(database(schema), { timeout: "60 seconds", excludeTestServices: true })("@millrace/sinks/Postgres", (it) => {
  describe("insert", () => {
    it.effect("writes the rows of a batch once, however often it comes", () =>
      Effect.gen(function*() {
        const { rows } = yield* counts
        const writer = yield* Postgres.insert({ table, commitTable, row }).open(fresh())
        assert.isTrue(Option.isNone(yield* writer.lastCommitted))
        const batch = Batch.make<Pair>(1, 1000, [["a", 1], ["b", 2]])
        yield* writer.commit(batch)
        yield* writer.commit(batch)
        assert.deepStrictEqual(yield* rows, [["a", 1], ["b", 2]])
        assert.deepStrictEqual(yield* writer.lastCommitted, Option.some(1))
      }))

    it.effect("puts no word of the rows into a trace, written or refused", () =>
      Effect.gen(function*() {
        yield* counts
        const writer = yield* Postgres.insert({ table, commitTable, row }).open(fresh())
        const spans: Array<Tracer.NativeSpan> = []
        const tracer = Tracer.make({
          span: (options) => {
            const span = new Tracer.NativeSpan(options)
            spans.push(span)
            return span
          }
        })
        const commit = (id: number) => Effect.withTracer(writer.commit(Batch.make<Pair>(id, id, [["canary-7", 1]])), tracer)
        yield* commit(1)
        yield* Effect.flip(commit(2))
        assert.isAbove(spans.length, 2)
        for (const { attributes, status } of spans) {
          assert(status._tag === "Ended")
          const exit = Exit.isFailure(status.exit) ? inspect(status.exit.cause, { depth: 20 }) : ""
          assert.notInclude(`${JSON.stringify([...attributes])} ${exit}`, "canary-7")
        }
      }))

    it.effect("takes down an empty batch too, so that the next start knows of it", () =>
      Effect.gen(function*() {
        yield* counts
        const writer = yield* Postgres.insert({ table, commitTable, row }).open(fresh())
        yield* writer.commit(Batch.make<Pair>(7, 1000, []))
        assert.deepStrictEqual(yield* writer.lastCommitted, Option.some(7))
      }))

    it.effect("takes more rows than go into a statement", () =>
      Effect.gen(function*() {
        const { rows } = yield* counts
        const writer = yield* Postgres.insert({ table, commitTable, row }).open(fresh())
        const items = Array.from({ length: 40_000 }, (_, index): Pair => [String(index).padStart(5, "0"), index])
        yield* writer.commit(Batch.make<Pair>(1, 1000, items))
        assert.deepStrictEqual(yield* rows, items)
      }))

    it.effect("leaves nothing of a batch of which one row is refused, and says no word of the rows", () =>
      Effect.gen(function*() {
        const { rows } = yield* counts
        const writer = yield* Postgres.insert({ table, commitTable, row }).open(fresh())
        const error = yield* Effect.flip(writer.commit(Batch.make<Pair>(1, 1000, [["canary-7", 1], ["b", 2], ["canary-7", 3]])))
        assert.strictEqual(error.reason._tag, "Rejected")
        assert.isFalse(error.isRetryable)
        assert.include(error.message, "23505")
        assert.notInclude(`${error.message} ${JSON.stringify(error)} ${error.stack ?? ""}`, "canary-7")
        assert.deepStrictEqual(yield* rows, [])
        assert.isTrue(Option.isNone(yield* writer.lastCommitted))
      }))

    it.effect("says no word of a value that is of the wrong type", () =>
      Effect.gen(function*() {
        yield* counts
        const sink = Postgres.insert({ table, commitTable, row: (word: string) => ({ word: "a", n: word }) })
        const writer = yield* sink.open(fresh())
        const error = yield* Effect.flip(writer.commit(Batch.make(1, 1000, ["canary-8"])))
        assert.isFalse(error.isRetryable)
        assert.notInclude(`${error.message} ${JSON.stringify(error)} ${error.stack ?? ""}`, "canary-8")
      }))
  })

  describe("upsert", () => {
    it.effect("puts the newest row of a key in place of the older one, also within a batch", () =>
      Effect.gen(function*() {
        const { rows } = yield* counts
        const writer = yield* Postgres.upsert({ table, commitTable, row, key: ["word"] }).open(fresh())
        yield* writer.commit(Batch.make<Pair>(1, 1000, [["a", 1], ["b", 1], ["a", 2]]))
        yield* writer.commit(Batch.make<Pair>(2, 2000, [["b", 5]]))
        assert.deepStrictEqual(yield* rows, [["a", 2], ["b", 5]])
      }))

    it.effect("takes rows that are nothing but key", () =>
      Effect.gen(function*() {
        const { sql } = yield* counts
        yield* sql`create table ${sql(`${schema}.seen`)} (word text primary key)`
        const sink = Postgres.upsert({ table: `${schema}.seen`, commitTable, row: (word: string) => ({ word }), key: ["word"] })
        const writer = yield* sink.open(fresh())
        yield* writer.commit(Batch.make(1, 1000, ["a", "b", "a"]))
        yield* writer.commit(Batch.make(2, 2000, ["b", "c"]))
        assert.lengthOf(yield* sql`select word from ${sql(`${schema}.seen`)}`, 3)
      }))
  })

  describe("starts", () => {
    it.effect("a newer one shuts the older out, which can neither write nor come back", () =>
      Effect.gen(function*() {
        const { rows } = yield* counts
        const sink = Postgres.insert({ table, commitTable, row })
        const old = yield* sink.open(fresh())
        yield* old.commit(Batch.make<Pair>(1, 1000, [["a", 1]]))
        const young = yield* sink.open(identity(2))
        assert.deepStrictEqual(yield* young.lastCommitted, Option.some(1))
        const late = yield* Effect.flip(old.commit(Batch.make<Pair>(2, 2000, [["b", 1]])))
        assert.deepStrictEqual(late.reason, { _tag: "Fenced", epoch: 1, by: 2 })
        assert.isFalse(late.isRetryable)
        assert.strictEqual((yield* Effect.flip(Effect.scoped(sink.open(identity(1))))).reason._tag, "Fenced")
        yield* young.commit(Batch.make<Pair>(2, 2000, [["c", 1]]))
        assert.deepStrictEqual(yield* rows, [["a", 1], ["c", 1]])
      }))

    it.effect("many at once make the table of batches once", () =>
      Effect.gen(function*() {
        const sink = Postgres.insert({ table, commitTable: `${schema}.made_at_once`, row })
        yield* Effect.forEach(Array.from({ length: 8 }), () => sink.open(fresh()), { concurrency: 8 })
      }))
  })

  describe("trouble", () => {
    it.effect("a connection that is ended in the middle of a batch: the next try writes it once", () =>
      Effect.gen(function*() {
        const { rows, sql } = yield* counts
        let kills = 0
        const sink = Postgres.transaction((own, batch: { readonly items: ReadonlyArray<Pair> }) =>
          Effect.gen(function*() {
            for (const item of batch.items) yield* own`insert into ${own(table)} ${own.insert(row(item))}`
            if (kills++ > 0) return
            const [mine] = yield* own<{ readonly pid: number }>`select pg_backend_pid() as pid`
            yield* Effect.provide(
              Effect.flatMap(SqlClient, (other) => other`select pg_terminate_backend(${mine?.pid ?? 0})`),
              clientOf(url)
            )
          }), { commitTable })
        const writer = yield* sink.open(fresh())
        const batch = Batch.make<Pair>(1, 1000, [["a", 1], ["b", 2]])
        const first = yield* Effect.flip(writer.commit(batch))
        assert.isTrue("isRetryable" in first && first.isRetryable, String(first))
        assert.lengthOf(yield* sql`select 1 from ${sql(table)}`, 0)
        yield* writer.commit(batch)
        assert.deepStrictEqual(yield* rows, [["a", 1], ["b", 2]])
      }))

    it.effect("the answer to a commit is lost: the next try finds out, and writes nothing twice", () =>
      Effect.gen(function*() {
        const { rows } = yield* counts
        const proxy = yield* proxied
        const batch = Batch.make<Pair>(1, 1000, [["a", 1], ["b", 2]])
        yield* Effect.provide(
          Effect.gen(function*() {
            const writer = yield* Postgres.insert({ table, commitTable, row }).open(fresh())
            proxy.cutAfter("COMMIT")
            const first = yield* Effect.flip(writer.commit(batch))
            assert.strictEqual(first.reason._tag, "ConnectionLost")
            assert.deepStrictEqual(yield* rows, [["a", 1], ["b", 2]])
            yield* Effect.retry(writer.commit(batch), Schedule.spaced("10 millis").pipe(Schedule.upTo({ times: 20 })))
          }),
          clientOf(proxy.url)
        )
        assert.strictEqual(proxy.cuts(), 1)
        assert.deepStrictEqual(yield* rows, [["a", 1], ["b", 2]])
      }))

    it.effect("nobody there is an error that may pass", () =>
      Effect.gen(function*() {
        const open = Postgres.insert({ table, commitTable, row }).open(fresh())
        const error = yield* Effect.flip(Effect.scoped(Effect.provide(open, clientOf("postgres://postgres@127.0.0.1:1/test"))))
        assert.isTrue(error instanceof Postgres.PostgresError || "isRetryable" in error)
      }))

    it.effect("a table that is not there is refused when the sink is opened, and one that goes later, for good", () =>
      Effect.gen(function*() {
        const refused = { _tag: "Rejected", code: "42P01", constraint: undefined } as const
        const sink = Postgres.insert({ table: `${schema}.nowhere`, commitTable, row })
        assert.deepStrictEqual((yield* Effect.flip(Effect.scoped(sink.open(fresh())))).reason, refused)
        const { sql } = yield* counts
        const writer = yield* Postgres.insert({ table, commitTable, row }).open(fresh())
        yield* sql`drop table ${sql(table)}`
        const error = yield* Effect.flip(writer.commit(Batch.make<Pair>(1, 1000, [["a", 1]])))
        assert.deepStrictEqual(error.reason, refused)
        assert.isFalse(error.isRetryable)
      }))

    it.effect("names that are none are refused before anything is asked of the server", () =>
      Effect.gen(function*() {
        for (const name of ["", "a.b.c", "x\"; drop table y; --", "a\0b", "x".repeat(64)]) {
          const error = yield* Effect.flip(Effect.scoped(Postgres.insert({ table: name, commitTable, row }).open(fresh())))
          assert.strictEqual(error.reason._tag, "BadOptions")
        }
        const bad = Postgres.insert({ table, commitTable, row: (n: number) => n > 1 ? { n } : { word: "a", n } })
        yield* counts
        const writer = yield* bad.open(fresh())
        const error = yield* Effect.flip(writer.commit(Batch.make(1, 1000, [1, 2])))
        assert.strictEqual(error.reason._tag, "BadOptions")
      }))
  })
}))
