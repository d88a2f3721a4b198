/** What takes a server of one's own: transactions in two phases, and a standby. */
import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@millrace/receivers/Postgres"
import { startPostgres } from "@millrace/tool-services"
import { Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { clientOf, column, openPull, take } from "./database.ts"

const found = await startPostgres({ settings: ["max_prepared_transactions=4"] })
const server = "server" in found ? found.server : undefined
const url = server?.url ?? "postgres://nowhere"
const rowsOf = (options: Partial<Postgres.RowsOptions> = {}) =>
  Postgres.rows({ name: "rows", table: "kept", cursor: "id", pollInterval: "10 millis", ...options })

describe.skipIf(server === undefined)("a PostgreSQL of one's own", () => {
  it.live("a transaction that was prepared holds back the rows after its own, until it is committed from elsewhere", () =>
    Effect.scoped(Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`create table kept (id bigint generated always as identity primary key, who text)`
      yield* Effect.scoped(Effect.gen(function*() {
        const connection = yield* sql.reserve
        for (const each of ["begin", "insert into kept (who) values ('prepared')", "prepare transaction 'one'"]) {
          yield* connection.executeUnprepared(each, [], undefined)
        }
      }))
      yield* sql`insert into kept (who) values ('quick')`
      const reading = yield* Effect.forkScoped(take(rowsOf(), 2))
      yield* Effect.sleep("300 millis")
      assert.isUndefined(reading.pollUnsafe())
      yield* sql`commit prepared 'one'`
      assert.deepStrictEqual(column((yield* Fiber.join(reading)).rows, "who"), ["prepared", "quick"])
    })).pipe(Effect.provide(clientOf(url))), 30_000)

  it.live("one that is prepared while its writer is waited for holds them back as well", () =>
    Effect.scoped(Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`truncate kept restart identity`
      const connection = yield* sql.reserve
      const tell = (text: string) => connection.executeUnprepared(text, [], undefined)
      yield* tell("begin")
      yield* tell("insert into kept (who) values ('prepared')")
      yield* sql`insert into kept (who) values ('quick')`
      const reading = yield* Effect.forkScoped(take(rowsOf(), 2))
      yield* Effect.sleep("100 millis")
      yield* tell("prepare transaction 'two'")
      yield* Effect.sleep("300 millis")
      assert.isUndefined(reading.pollUnsafe())
      yield* sql`commit prepared 'two'`
      assert.deepStrictEqual(column((yield* Fiber.join(reading)).rows, "who"), ["prepared", "quick"])
    })).pipe(Effect.provide(clientOf(url))), 30_000)

  it.live("a standby is refused without lag, since it does not see who writes, and read with it", () =>
    Effect.gen(function*() {
      yield* Effect.promise(async () => server?.demote())
      const error = yield* Effect.flip(Effect.scoped(Effect.asVoid(openPull(rowsOf()))))
      assert(error.reason._tag === "InvalidOption")
      assert.include(error.message, "lag must be given on a standby")
      assert.isFalse(error.isRetryable)
      const { rows } = yield* take(rowsOf({ lag: "10 millis" }), 2)
      assert.deepStrictEqual(column(rows, "who"), ["prepared", "quick"])
    }).pipe(Effect.provide(clientOf(url))), 30_000)
})
