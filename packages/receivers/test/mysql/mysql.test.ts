import { assert, describe, layer } from "@effect/vitest"
import { BatchSink, CheckpointStore, DStream, Pipeline, Receiver } from "@millrace/core"
import * as MySql from "@millrace/receivers/MySql"
import { Cause, Data, Effect, Exit, Fiber, Option, Schema } from "effect"
import { clientOf, column, database, freshName, isMissing, openPull, take, url } from "./database.ts"

const name = freshName()
let tables = 0

/** A table whose cursor is of this type, with these values in their order. */
const tableOf = (type: string, values: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const sql = yield* MySql.MySqlClient
    const table = `${name}.t${++tables}`
    yield* sql`create table ${sql(table)} (place ${sql.literal(type)} primary key, n integer) character set utf8mb4`
    yield* Effect.forEach(values, (value, n) => sql`insert into ${sql(table)} (place, n) values (${value}, ${n})`)
    return { sql, table }
  })

const types: ReadonlyArray<readonly [type: string, ...ReadonlyArray<string>]> = [
  ["bigint", "-9223372036854775808", "9007199254740993", "9007199254740994", "9223372036854775807"],
  ["bigint unsigned", "1", "18446744073709551614", "18446744073709551615"],
  ["decimal(40,20)", "-0.1", "0.1", "0.10000000000000000001", "12345678901234567890.00000000000000000001"],
  ["varchar(30) collate utf8mb4_bin", "", "A", "a'; drop table x; --", "b\\", "é", "日本"],
  ["date", "1999-12-31", "2024-02-29"],
  ["datetime(6)", "2024-01-01 00:00:00.000001", "2024-01-01 00:00:00.000002", "2024-01-01 00:00:00.001"],
  ["timestamp(6)", "2024-03-31 01:59:59.999999", "2024-03-31 02:00:00.000001"]
]

class Full extends Data.TaggedError("Full")<{}> {
  readonly isRetryable = false
}

const errorOf = (options: Omit<MySql.RowsOptions, "name">) => Effect.flip(Effect.scoped(Effect.asVoid(openPull(MySql.rows({ name: "bad", ...options })))))

describe.skipIf(isMissing)("MySQL", () => layer(database(name), { timeout: "60 seconds", excludeTestServices: true })("rows by a cursor", (it) => {
  for (const [type, ...values] of types) {
    it.effect(`of ${type} go on after each of its values`, () =>
      Effect.gen(function*() {
        const { table } = yield* tableOf(type, values)
        const receiver = MySql.rows({ name: "typed", table, cursor: "place", pageSize: 1, follow: false, lag: 0 })
        const all = yield* Effect.scoped(Effect.gen(function*() {
          const pull = yield* openPull(receiver)
          return yield* Effect.forEach(values, () => pull)
        }))
        for (let index = 0; index + 1 < values.length; index++) {
          const { rows } = yield* take(receiver, values.length - index - 1, all[index]?.resumeAfter)
          assert.deepStrictEqual(column(rows, "n"), values.map((_, n) => n).slice(index + 1))
        }
      }))
  }

  it.effect("wait for a transaction that commits within the lag", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      const table = `${name}.late`
      yield* sql`create table ${sql(table)} (id bigint auto_increment primary key, who varchar(9))`
      const reading = yield* Effect.forkScoped(take(MySql.rows({ name: "late", table, cursor: "id", lag: "500 millis", pollInterval: "10 millis" }), 2))
      yield* sql.withTransaction(Effect.andThen(
        sql`insert into ${sql(table)} (who) values ('slow')`,
        Effect.andThen(Effect.provide(Effect.flatMap(MySql.MySqlClient, (other) =>
          other`insert into ${other(table)} (who) values ('quick')`), clientOf(url)), Effect.sleep("100 millis"))
      ))
      assert.deepStrictEqual(column((yield* Fiber.join(reading)).rows, "who"), ["slow", "quick"])
    }))

  it.effect("come once, in order, though every second commit ends the run", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      const table = `${name}.orders`
      yield* sql`create table ${sql(table)} (id bigint auto_increment primary key, n integer)`
      yield* sql.withTransaction(Effect.forEach(Array.from({ length: 200 }, (_, n) => n), (n) => sql`insert into ${sql(table)} (n) values (${n})`))
      const kept: Array<unknown> = []
      let commits = 0
      const commit = ({ items }: { readonly items: ReadonlyArray<MySql.Row> }) =>
        items.length > 0 && ++commits % 2 === 1 ? new Full() : Effect.sync(() => void kept.push(...column(items, "n")))
      const receiver = MySql.rows({ name: "orders", table, cursor: "id", lag: 0, pageSize: 20, follow: false, initialRate: 2_000, maxRate: 2_000 })
      const pipeline = Pipeline.make("rows", {
        batchInterval: "10 millis",
        outputs: [DStream.to(DStream.fromReceiver(receiver), "kept", BatchSink.make(commit))]
      })
      let runs = 0
      for (let exit: Exit.Exit<void, unknown> = Exit.fail("not yet"); Exit.isFailure(exit); runs++) exit = yield* Effect.exit(Pipeline.run(pipeline))
      assert.deepStrictEqual(kept, Array.from({ length: 200 }, (_, n) => n))
      assert.isAtLeast(runs, 2)
    }).pipe(Effect.provide(CheckpointStore.layerMemory)))

  it.effect("that went away or came between are noticed when a range is read again", () =>
    Effect.gen(function*() {
      const { sql, table } = yield* tableOf("bigint", ["1", "3", "5"])
      const receiver = MySql.rows({ name: "changed", table, cursor: "place", follow: false, lag: 0 })
      const { position } = yield* take(receiver, 3)
      const again = Effect.scoped(receiver.reread?.({ after: Option.none(), until: position }) ?? Effect.succeed([]))
      assert.lengthOf(yield* again, 3)
      yield* sql`insert into ${sql(table)} (place, n) values (4, 4)`
      assert.strictEqual((yield* Effect.flip(again)).reason._tag, "RowsChanged")
      yield* sql`delete from ${sql(table)} where place < 5`
      assert.strictEqual((yield* Effect.flip(again)).reason._tag, "RowsChanged")
    }))

  it.effect("that cannot be gone by are refused when they are opened, for good", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      const table = `${name}.bad`
      yield* sql`create table ${sql(table)} (id bigint primary key, at datetime not null, value double not null, maybe bigint unique)`
      for (const [options, reason, words] of [
        [{ table: "x`; drop table y; --", cursor: "id" }, "InvalidOption", "\"table\" or \"database.table\""],
        [{ table, cursor: "id", pageSize: 0 }, "InvalidOption", "pageSize must be"],
        [{ table: `${name}.nowhere`, cursor: "id" }, "Rejected", "ER_NO_SUCH_TABLE"],
        [{ table, cursor: "nothing" }, "Rejected", "ER_BAD_FIELD_ERROR"],
        [{ table, cursor: ["id", "value"] }, "InvalidCursor", "is of type double"],
        [{ table, cursor: "maybe" }, "InvalidCursor", "may be null"],
        [{ table, cursor: "at" }, "InvalidCursor", "of no unique index"]
      ] as const) {
        const error = yield* errorOf({ lag: 0, ...options })
        assert.strictEqual(error.reason._tag, reason)
        assert.include(error.message, words)
        assert.isFalse(error.isRetryable)
      }
    }))

  it.effect("wrong credentials are told for good, a server that is not there may come, and a slow one is given up", () =>
    Effect.gen(function*() {
      const { sql, table } = yield* tableOf("bigint", ["1"])
      const open = errorOf({ table, cursor: "place", lag: 0 })
      const far = new URL(url)
      far.username = "nobody_of_that_name"
      far.password = "canary-9"
      const denied = yield* Effect.provide(open, clientOf(far.href))
      assert.strictEqual(denied.reason._tag, "NotAllowed")
      assert.notInclude(`${denied.message} ${JSON.stringify(denied)} ${denied.stack ?? ""}`, "canary-9")
      const gone = yield* Effect.provide(open, clientOf("mysql://root@127.0.0.1:1/test"))
      assert.strictEqual(gone.reason._tag, "ConnectionLost")
      assert.isTrue(gone.isRetryable)
      yield* sql`create view ${sql(`${name}.slow`)} as select place from ${sql(table)} where sleep(2) = 0`
      const slow = MySql.table({ name: "slow", table: `${name}.slow`, timeout: "100 millis", key: () => "tea", value: () => 1 })
      const { exit } = yield* priced([["tea"]], slow)
      assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "did not answer within 100 ms")
    }))

  it.effect("a table to join with is loaded before every batch, of a bounded number of rows that fit", () =>
    Effect.gen(function*() {
      const sql = yield* MySql.MySqlClient
      const table = `${name}.prices`
      yield* sql`create table ${sql(table)} (article varchar(20) primary key, cents integer)`
      yield* sql`insert into ${sql(table)} values ('tea', 100), ('rye', 200)`
      const options = {
        name: "prices",
        query: (client: typeof sql) => client`select article, cents from ${client(table)} where cents > ${50}`,
        schema: Schema.Struct({ article: Schema.String, cents: Schema.Int }),
        key: ({ article }: { readonly article: string }) => article,
        value: ({ cents }: { readonly cents: number }) => cents
      }
      const raised = Effect.asVoid(Effect.orDie(sql`update ${sql(table)} set cents = cents + 1`))
      const each = yield* priced([["tea"], ["tea"]], MySql.table({ ...options, refresh: "batch" }), raised)
      assert.include(each.found, "101")
      const messageOf = (prices: ReturnType<typeof MySql.table<string, number>>) =>
        Effect.map(priced([["tea"]], prices), ({ exit }) => Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "none")
      assert.include(yield* messageOf(MySql.table({ ...options, maxRows: 1 })), "more than 1 rows")
      assert.include(yield* messageOf(MySql.table({ ...options, schema: Schema.Struct({ article: Schema.String, cents: Schema.Literal(7) }) })), "does not fit the schema at \"cents\"")
    }))
}))

const priced = (batches: ReadonlyArray<ReadonlyArray<string>>, prices: ReturnType<typeof MySql.table<string, number>>, between: Effect.Effect<void> = Effect.void) =>
  Effect.gen(function*() {
    const found: Array<unknown> = []
    const joined = DStream.fromReceiver(Receiver.queue({ name: "sold" }, batches)).pipe(
      DStream.map((article) => [article, 1] as const),
      DStream.leftOuterJoinTable(prices)
    )
    const sink = BatchSink.make(({ items }: { readonly items: ReadonlyArray<unknown> }) =>
      Effect.andThen(Effect.sync(() => found.push(...items)), items.length > 0 ? between : Effect.void))
    const exit = yield* Effect.exit(Pipeline.run(Pipeline.make("priced", {
      batchInterval: "20 millis",
      commitDepth: 1,
      outputs: [DStream.to(joined, "out", sink)]
    })))
    return { found: JSON.stringify(found), exit }
  })
