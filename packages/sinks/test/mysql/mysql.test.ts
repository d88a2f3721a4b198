import { assert, describe, layer } from "@effect/vitest"
import { Batch } from "@millrace/core"
import * as MySql from "@millrace/sinks/MySql"
import { Config, ConfigProvider, Deferred, Effect, Exit, Fiber, Layer, Option, Redacted, Schedule, Tracer } from "effect"
import { inspect } from "node:util"
import { proxiedTo } from "../proxy.ts"
import { clientOf, database, freshName, isMissing, url } from "./database.ts"

const name = freshName()
const commitTable = `${name}.batches`

type Pair = readonly [word: string, n: number]
const row = ([word, n]: Pair) => ({ word, n })

let places = 0
const fresh = (output = `out${++places}`, epoch = 1) => ({ pipeline: "counts", output, epoch })

const counts = Effect.gen(function*() {
  const sql = yield* MySql.MySqlClient
  const table = `${name}.counts${++places}`
  yield* sql`create table ${sql(table)} (word varchar(20) primary key, n integer not null) character set utf8mb4`
  const rows = Effect.map(
    sql<{ readonly word: string; readonly n: number }>`select word, n from ${sql(table)} order by word`,
    (found) => found.map(({ n, word }) => [word, n])
  )
  return { sql, table, rows }
})

const pairs: ReadonlyArray<Pair> = [["a", 1], ["b", 2]]

describe.skipIf(isMissing)("MySQL", () => layer(database(name), { timeout: "60 seconds", excludeTestServices: true })("a sink", (it) => {
  it.effect("writes the rows of a batch once, however often it comes, and takes down an empty one", () =>
    Effect.gen(function*() {
      const { rows, table } = yield* counts
      const writer = yield* MySql.insert({ table, commitTable, row }).open(fresh())
      assert.deepStrictEqual(yield* writer.lastCommitted, Option.none())
      yield* writer.commit(Batch.make(1, 1000, pairs))
      yield* writer.commit(Batch.make(1, 1000, pairs))
      assert.deepStrictEqual(yield* rows, [["a", 1], ["b", 2]])
      yield* writer.commit(Batch.make<Pair>(7, 7000, []))
      assert.deepStrictEqual(yield* writer.lastCommitted, Option.some(7))
    }))

  it.effect("takes more rows than go into a statement", () =>
    Effect.gen(function*() {
      const { sql, table } = yield* counts
      const writer = yield* MySql.insert({ table, commitTable, row }).open(fresh())
      yield* writer.commit(Batch.make(1, 1000, Array.from({ length: 12_345 }, (_, n): Pair => [`w${n}`, n])))
      const [found] = yield* sql<{ readonly rows: number; readonly sum: string }>`select count(*) as ${sql("rows")}, sum(n) as sum from ${sql(table)}`
      assert.deepStrictEqual([Number(found?.rows), Number(found?.sum)], [12_345, 12_344 * 12_345 / 2])
    }))

  it.effect("puts no word of the rows into a trace, written or refused", () =>
    Effect.gen(function*() {
      const { table } = yield* counts
      const writer = yield* MySql.insert({ table, commitTable, row }).open(fresh())
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

  it.effect("leaves nothing of a batch of which one row is refused, and says no word of the rows", () =>
    Effect.gen(function*() {
      const { rows, table } = yield* counts
      const writer = yield* MySql.insert({ table, commitTable, row }).open(fresh())
      const error = yield* Effect.flip(writer.commit(Batch.make<Pair>(1, 1000, [["canary-7", 1], ["b", 2], ["canary-7", 3]])))
      assert.deepStrictEqual(error.reason, { _tag: "Rejected", code: "ER_DUP_ENTRY", constraint: "PRIMARY" })
      assert.isFalse(error.isRetryable)
      assert.notInclude(`${error.message} ${JSON.stringify(error)} ${error.stack ?? ""}`, "canary-7")
      assert.deepStrictEqual(yield* rows, [])
      assert.deepStrictEqual(yield* writer.lastCommitted, Option.none())
    }))

  it.effect("puts the newest row of a key in place of the older one, also within a batch", () =>
    Effect.gen(function*() {
      const { rows, table } = yield* counts
      const writer = yield* MySql.upsert({ table, commitTable, row, key: ["word"] }).open(fresh())
      yield* writer.commit(Batch.make<Pair>(1, 1000, [["a", 1], ["b", 1], ["a", 2]]))
      yield* writer.commit(Batch.make<Pair>(2, 2000, [["b", 5]]))
      assert.deepStrictEqual(yield* rows, [["a", 2], ["b", 5]])
    }))

  it.effect("replaces no row of another key: what no unique index or several would decide is refused", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      const create = (columns: string) => {
        const table = `${name}.keys${++places}`
        return Effect.as(sql`create table ${sql(table)} (${sql.literal(columns)})`, table)
      }
      const written = (table: string) =>
        Effect.scoped(Effect.flatMap(MySql.upsert({ table, commitTable, row, key: ["word"] }).open(fresh()), (writer) =>
          writer.commit(Batch.make(1, 1000, pairs))))
      for (const [columns, words] of [
        ["word varchar(20), n integer", "no unique index on \"word\" alone"],
        ["word varchar(20), n integer, primary key (word, n)", "no unique index on \"word\" alone"],
        ["word varchar(20) primary key, n integer, unique index by_n (n)", "another unique index, \"by_n\""],
        ["word varchar(20) primary key, n integer, m integer not null default 0 unique", "another unique index, \"m\""]
      ] as const) {
        const error = yield* Effect.flip(written(yield* create(columns)))
        assert.strictEqual(error.reason._tag, "BadOptions")
        assert.include(error.message, words)
      }
      yield* written(yield* create("id integer auto_increment primary key, word varchar(20) unique, n integer, m integer unique"))
    }))

  it.effect("a newer one shuts the older out, which can neither write nor come back", () =>
    Effect.gen(function*() {
      const { rows, table } = yield* counts
      const sink = MySql.insert({ table, commitTable, row })
      const old = yield* sink.open(fresh("fenced", 1))
      yield* old.commit(Batch.make<Pair>(1, 1000, [["a", 1]]))
      const young = yield* sink.open(fresh("fenced", 2))
      const late = yield* Effect.flip(old.commit(Batch.make<Pair>(2, 2000, [["b", 1]])))
      assert.deepStrictEqual(late.reason, { _tag: "Fenced", epoch: 1, by: 2 })
      assert.isFalse(late.isRetryable)
      const back = yield* Effect.flip(Effect.scoped(sink.open(fresh("fenced", 1))))
      assert.strictEqual(back.reason._tag, "Fenced")
      yield* young.commit(Batch.make<Pair>(2, 2000, [["c", 1]]))
      assert.deepStrictEqual(yield* rows, [["a", 1], ["c", 1]])
    }))

  it.effect("one that is in the middle of a batch when it is shut out has it rolled back or counted, never both", () =>
    Effect.gen(function*() {
      const { rows, sql, table } = yield* counts
      const isWriting = yield* Deferred.make<void>()
      const mayGoOn = yield* Deferred.make<void>()
      const slow = MySql.transaction((own, batch: { readonly items: ReadonlyArray<Pair> }) =>
        Effect.gen(function*() {
          yield* Effect.forEach(batch.items, (item) => own`insert into ${own(table)} ${own.insert(row(item))}`)
          yield* Deferred.succeed(isWriting, undefined)
          yield* Deferred.await(mayGoOn)
        }), { commitTable })
      const zombie = yield* slow.open(fresh("zombie", 1))
      const writing = yield* Effect.forkScoped(zombie.commit(Batch.make(1, 1000, pairs)))
      yield* Deferred.await(isWriting)
      // The claim waits for the row that the transaction holds.
      const opening = yield* Effect.forkScoped(MySql.insert({ table, commitTable, row }).open(fresh("zombie", 2)))
      yield* Deferred.succeed(mayGoOn, undefined)
      yield* Fiber.join(writing)
      const young = yield* Fiber.join(opening)
      assert.deepStrictEqual(yield* young.lastCommitted, Option.some(1))
      yield* young.commit(Batch.make(1, 1000, pairs))
      assert.deepStrictEqual(yield* rows, [["a", 1], ["b", 2]])
      assert.strictEqual((yield* Effect.flip(zombie.commit(Batch.make(2, 2000, pairs))))._tag, "MySqlError")
      assert.lengthOf(yield* sql`select 1 from ${sql(table)}`, 2)
    }))

  it.effect("many at once make the table of batches once", () =>
    Effect.gen(function*() {
      const { table } = yield* counts
      const sink = MySql.insert({ table, commitTable: `${name}.made_at_once`, row })
      yield* Effect.forEach(Array.from({ length: 8 }), () => sink.open(fresh()), { concurrency: 8 })
    }))

  it.effect("a batch that is interrupted is rolled back, and may come again", () =>
    Effect.gen(function*() {
      const { rows, table } = yield* counts
      const isWriting = yield* Deferred.make<void>()
      let times = 0
      const sink = MySql.transaction((own, batch: { readonly items: ReadonlyArray<Pair> }) =>
        Effect.gen(function*() {
          yield* Effect.forEach(batch.items, (item) => own`insert into ${own(table)} ${own.insert(row(item))}`)
          yield* Deferred.succeed(isWriting, undefined)
          if (times++ === 0) yield* own`select sleep(1)`
        }), { commitTable })
      const writer = yield* sink.open(fresh())
      const commit = yield* Effect.forkChild(writer.commit(Batch.make(1, 1000, pairs)))
      yield* Deferred.await(isWriting)
      yield* Fiber.interrupt(commit)
      yield* writer.commit(Batch.make(1, 1000, pairs))
      assert.deepStrictEqual(yield* rows, [["a", 1], ["b", 2]])
    }))

  it.effect("a connection that is ended in the middle of a batch: the next try writes it once", () =>
    Effect.gen(function*() {
      const { rows, sql, table } = yield* counts
      let kills = 0
      const sink = MySql.transaction((own, batch: { readonly items: ReadonlyArray<Pair> }) =>
        Effect.gen(function*() {
          yield* Effect.forEach(batch.items, (item) => own`insert into ${own(table)} ${own.insert(row(item))}`)
          if (kills++ > 0) return
          const [mine] = yield* own<{ readonly id: string | number }>`select connection_id() as id`
          yield* Effect.provide(
            Effect.flatMap(MySql.MySqlClient, (other) => other.unsafe(`kill ${Number(mine?.id ?? 0)}`)),
            clientOf(url)
          )
        }), { commitTable })
      const writer = yield* sink.open(fresh())
      const first = yield* Effect.flip(writer.commit(Batch.make(1, 1000, pairs)))
      assert.isTrue("isRetryable" in first && first.isRetryable, String(first))
      assert.lengthOf(yield* sql`select 1 from ${sql(table)}`, 0)
      yield* writer.commit(Batch.make(1, 1000, pairs))
      assert.deepStrictEqual(yield* rows, [["a", 1], ["b", 2]])
    }))

  it.effect("the answer to a commit is lost: the next try finds out, and writes nothing twice", () =>
    Effect.gen(function*() {
      const { rows, table } = yield* counts
      const proxy = yield* proxiedTo(url)
      yield* Effect.provide(
        Effect.gen(function*() {
          const writer = yield* MySql.insert({ table, commitTable, row }).open(fresh())
          proxy.cutAfter("COMMIT")
          const first = yield* Effect.flip(writer.commit(Batch.make(1, 1000, pairs)))
          assert.strictEqual(first.reason._tag, "ConnectionLost")
          assert.deepStrictEqual(yield* rows, [["a", 1], ["b", 2]])
          yield* Effect.retry(writer.commit(Batch.make(1, 1000, pairs)), Schedule.spaced("10 millis").pipe(Schedule.upTo({ times: 20 })))
        }),
        clientOf(proxy.url)
      )
      assert.strictEqual(proxy.cuts(), 1)
      assert.deepStrictEqual(yield* rows, [["a", 1], ["b", 2]])
    }))

  it.effect("a server that falls silent is given up after the timeout, and tried again", () =>
    Effect.gen(function*() {
      const { table } = yield* counts
      const proxy = yield* proxiedTo(url)
      const error = yield* Effect.provide(
        Effect.gen(function*() {
          const writer = yield* MySql.insert({ table, commitTable, row }).open(fresh())
          proxy.silence()
          return yield* Effect.flip(writer.commit(Batch.make(1, 1000, pairs)))
        }),
        clientOf(proxy.url, { statementTimeout: "200 millis" })
      )
      assert.strictEqual(error.reason._tag, "ConnectionLost")
      assert.isTrue(error.isRetryable)
    }))

  it.effect("a lock that others hold is worth another try", () =>
    Effect.gen(function*() {
      const { sql, table } = yield* counts
      const writer = yield* MySql.transaction((own, _: Batch.Batch<Pair>) =>
        Effect.andThen(own`set session innodb_lock_wait_timeout = 1`, own`delete from ${own(table)}`), { commitTable }).open(fresh())
      yield* sql`insert into ${sql(table)} values ('held', 1)`
      const isHeld = yield* Deferred.make<void>()
      const holding = yield* Effect.forkScoped(sql.withTransaction(
        Effect.andThen(sql`update ${sql(table)} set n = 2`, Effect.andThen(Deferred.succeed(isHeld, undefined), Effect.never))
      ))
      yield* Deferred.await(isHeld)
      const error = yield* Effect.flip(writer.commit(Batch.make(1, 1000, pairs)))
      assert.deepStrictEqual(error.reason, { _tag: "Busy", code: "ER_LOCK_WAIT_TIMEOUT" })
      assert.isTrue(error.isRetryable)
      yield* Fiber.interrupt(holding)
    }))

  it.effect("the layers connect, with options and by configuration; options that cannot be used are named", () =>
    Effect.gen(function*() {
      const { rows, table } = yield* counts
      const place = fresh()
      const commit = (id: number) =>
        Effect.scoped(Effect.flatMap(MySql.insert({ table, commitTable, row }).open(place), (writer) =>
          writer.commit(Batch.make<Pair>(id, 1000, [[`word ${id}`, id]]))))
      const at = new URL(url)
      yield* Effect.provide(commit(1), MySql.layer({ host: at.hostname, port: Number(at.port || 3306), user: at.username, maxConnections: 1 }))
      const configured = MySql.layerConfig({ url: Config.Redacted("DATABASE_URL") })
      const configuration = ConfigProvider.layer(ConfigProvider.fromUnknown({ DATABASE_URL: url }))
      yield* Effect.provide(commit(2), Layer.provide(configured, configuration))
      assert.lengthOf(yield* rows, 2)
      for (const [options, words] of [
        [{ port: 0 }, "port"],
        [{ maxConnections: 1e6 }, "maxConnections"],
        [{ connectTimeout: 0 }, "connectTimeout"],
        [{ url: Redacted.make("postgres://canary-1@db") }, "url must be"],
        [{ url: Redacted.make("mysql://u:canary-1@db/x?multipleStatements=true") }, "url must be"]
      ] as const) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(MySql.layer(options))))
        assert.strictEqual(error.reason._tag, "BadOptions")
        assert.include(error.message, words)
        assert.notInclude(error.message, "canary-1")
      }
    }))
}))
