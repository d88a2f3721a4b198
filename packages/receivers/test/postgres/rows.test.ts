import { assert, describe, layer } from "@effect/vitest"
import { DeadLetters, DStream, BatchSink, Pipeline } from "@millrace/core"
import * as Postgres from "@millrace/receivers/Postgres"
import { Cause, Effect, Exit, Fiber, Option, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { clientOf, column, database, freshName, isMissing, openPull, take, until, url } from "./database.ts"

const schema = freshName()
let tables = 0

/** A table whose cursor is of this type, with these values in their order. */
const tableOf = (type: string, values: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient
    const table = `${schema}.t${++tables}`
    yield* sql`create table ${sql(table)} (place ${sql.literal(type)} primary key, n integer)`
    yield* Effect.forEach(values, (value, n) =>
      sql`insert into ${sql(table)} (place, n) values (${value}::text::${sql.literal(type)}, ${n})`)
    return { sql, table }
  })

const types: ReadonlyArray<readonly [type: string, ...ReadonlyArray<string>]> = [
  ["smallint", "-3", "0", "32767"],
  ["integer", "-2147483648", "7", "2147483647"],
  ["bigint", "-9223372036854775808", "9007199254740993", "9007199254740994", "9223372036854775807"],
  ["numeric", "-0.1", "0.1", "0.10000000000000000001", "123456789012345678901234567890"],
  ["uuid", "0190a000-0000-7000-8000-000000000001", "0190a000-0000-7000-8000-000000000002"],
  ["text collate \"C\"", "", "A", "a'; drop table x; --", "é", "日本"],
  ["date", "-infinity", "0044-03-15 BC", "0044-03-16 BC", "0001-01-01", "1999-12-31", "2024-02-29", "12024-02-29"],
  ["timestamp", "-infinity", "0044-03-15 00:00:00.000001 BC", "2024-01-01 00:00:00.000001", "2024-01-01 00:00:00.000002", "2024-01-01 00:00:00.001"],
  ["timestamptz", "-infinity", "0044-03-15 00:00:00.000001+02 BC", "2024-03-31 01:59:59.999999+01", "2024-03-31 03:00:00.000001+02", "2024-03-31 03:00:00.000002+02"]
]

describe.skipIf(isMissing)("PostgreSQL", () => layer(database(schema), { timeout: "60 seconds", excludeTestServices: true })("rows by a cursor", (it) => {
  for (const [type, ...values] of types) {
    it.effect(`of ${type} go on after each of its values, also in a session with another time zone`, () =>
      Effect.gen(function*() {
        const { table } = yield* tableOf(type, values)
        const receiver = Postgres.rows({ name: "typed", table, cursor: "place", pageSize: 1, follow: false, lag: 0 })
        const all = yield* Effect.scoped(Effect.gen(function*() {
          const pull = yield* openPull(receiver)
          return yield* Effect.forEach(values, () => pull)
        }))
        const elsewhere = clientOf(url, { startupParameters: { timezone: "Asia/Tokyo", datestyle: "SQL, DMY" } })
        for (let index = 0; index + 1 < values.length; index++) {
          const { rows } = yield* Effect.provide(take(receiver, values.length - index - 1, all[index]?.resumeAfter), elsewhere)
          assert.deepStrictEqual(column(rows, "n"), values.map((_, n) => n).slice(index + 1))
        }
      }))
  }

  for (const [type, last] of [["timestamptz", "infinity"], ["date", "infinity"], ["numeric", "NaN"], ["numeric", "Infinity"]] as const) {
    it.effect(`of ${type} do not go on after ${last}, which is refused instead`, () =>
      Effect.gen(function*() {
        const { table } = yield* tableOf(type, [last])
        const pull = openPull(Postgres.rows({ name: "last", table, cursor: "place", follow: false, lag: 0 }))
        const exit = yield* Effect.exit(Effect.scoped(Effect.flatten(pull)))
        assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "after which nothing could come")
      }))
  }

  it.effect("are of a query with parameters, too", () =>
    Effect.gen(function*() {
      const { table } = yield* tableOf("bigint", ["1", "2", "3", "4"])
      const { rows } = yield* take(
        Postgres.rows({
          name: "even",
          query: (sql) => sql`select place as id, n from ${sql(table)} where place % ${2} = 0`,
          cursor: "id",
          writers: [table],
          follow: false
        }),
        2
      )
      assert.deepStrictEqual(rows, [{ id: 2n, n: 1 }, { id: 4n, n: 3 }])
    }))

  it.effect("come with a notification, also after the connection that listens was lost", () =>
    Effect.gen(function*() {
      const { sql, table } = yield* tableOf("bigint", ["1"])
      const channel = `${schema}_news`
      const pull = yield* openPull(Postgres.rows({ name: "woken", table, cursor: "place", notify: channel, pollInterval: "1 hour" }))
      yield* pull
      const listener = sql<{ readonly pid: number }>`select pid from pg_stat_activity where query ilike ${`listen "${channel}"%`}`
      for (const [place, loses] of [[2, false], [3, true]] as const) {
        const reading = yield* Effect.forkScoped(pull)
        yield* until(Effect.map(listener, (found) => found.length === 1))
        if (loses) {
          const [before] = yield* listener
          yield* sql`select pg_terminate_backend(${before?.pid ?? 0})`
          yield* until(Effect.map(listener, ([now]) => now !== undefined && now.pid !== before?.pid))
        }
        yield* sql`insert into ${sql(table)} (place, n) values (${place}, ${place})`
        yield* sql`select pg_notify(${channel}, '')`
        assert.deepStrictEqual(column((yield* Fiber.join(reading)).payload, "n"), [place])
      }
    }))

  it.effect("that do not fit the schema are dead letters, and no word of them is in the error", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const table = `${schema}.letters`
      yield* sql`create table ${sql(table)} (id bigint primary key, word text)`
      yield* sql`insert into ${sql(table)} values (1, 'good'), (2, 'canary-7'), (3, null), (4, 'good')`
      const Item = Schema.Struct({ id: Schema.BigInt, word: Schema.Literal("good") })
      const receiver = Postgres.rows({ name: "letters", table, cursor: "id", schema: Item, follow: false })
      const kept: Array<bigint> = []
      const stream = DStream.onError(DStream.fromReceiver(receiver), "dead-letter")
      const sink = BatchSink.make(({ items }: { readonly items: ReadonlyArray<typeof Item.Type> }) =>
        Effect.sync(() => kept.push(...items.map(({ id }) => id))))
      yield* Pipeline.run(Pipeline.make("letters", { batchInterval: "10 millis", outputs: [DStream.to(stream, "out", sink)] }))
      assert.deepStrictEqual(kept, [1n, 4n])
      const letters = yield* Effect.flatMap(DeadLetters.DeadLetters, (service) => service.list("letters"))
      assert.deepStrictEqual(letters.map(({ error, from, name }) => [from, name, error.name]), [
        ["receiver", "letters", "PostgresError"],
        ["receiver", "letters", "PostgresError"]
      ])
      const whole = yield* Effect.flatMap(DeadLetters.DeadLetters, (service) => service.read("letters", letters[0]?.id ?? ""))
      assert.strictEqual(Option.getOrThrow(whole).payload, "{\"id\":\"2\",\"word\":\"canary-7\"}")
      assert.include(letters[0]?.error.message, "does not fit the schema at \"word\"")
      assert.notInclude(letters.map(({ error }) => error.message).join(), "canary")
    }).pipe(Effect.provide(DeadLetters.layerMemory)))

  it.effect("that went away or came between are noticed when a range is read again", () =>
    Effect.gen(function*() {
      const { sql, table } = yield* tableOf("bigint", ["1", "3", "5"])
      const receiver = Postgres.rows({ name: "changed", table, cursor: "place", follow: false })
      const { position } = yield* take(receiver, 3)
      const again = Effect.scoped(receiver.reread?.({ after: Option.none(), until: position }) ?? Effect.succeed([]))
      assert.lengthOf(yield* again, 3)
      yield* sql`insert into ${sql(table)} (place, n) values (4, 4)`
      const more = yield* Effect.flip(again)
      assert.strictEqual(more.reason._tag, "RowsChanged")
      yield* sql`delete from ${sql(table)} where place < 5`
      const less = yield* Effect.flip(again)
      assert.strictEqual(less.message, "\"changed\" cannot be read from PostgreSQL: a range that held 3 rows holds 1; rows have to " +
        "stay as they are, in their place, until the batches that hold them are delivered")
    }))
}))
