import { describe, layer } from "@effect/vitest"
import { ReceiverLaws } from "@millrace/core/testing"
import * as Postgres from "@millrace/receivers/Postgres"
import { Arbitrary, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { database, freshName, isMissing } from "./database.ts"

const schema = freshName()
let tables = 0

const Item = Schema.Struct({ word: Schema.Literals(["", "a", "two words", "é\u2028€"]), n: Schema.Int })

/** The records in a table of their own, under a cursor of two columns of which the first has ties. */
const make = (follow: boolean) => (records: ReadonlyArray<typeof Item.Type>) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient
    const table = `${schema}.t${++tables}`
    yield* sql`create table ${sql(table)} (at timestamptz, id bigint, word text, n integer, primary key (at, id))`
    const rows = records.map((record, index) => ({ at: new Date(1_700_000_000_000 + Math.floor(index / 3)), id: index, word: record.word, n: record.n }))
    yield* Effect.forEach(rows, (row) => sql`insert into ${sql(table)} ${sql.insert({ ...row })}`)
    const receiver = Postgres.rows({
      name: "rows",
      table,
      cursor: ["at", "id"],
      lag: 0,
      schema: Item,
      pageSize: 4,
      pollInterval: "20 millis",
      follow
    })
    return { receiver }
  }).pipe(Effect.orDie)

describe.skipIf(isMissing)("PostgreSQL", () => layer(database(schema), { timeout: "60 seconds", excludeTestServices: true })("rows keep the laws of receivers", (it) => {
  for (const follow of [false, true]) {
    const laws = ReceiverLaws.all({
      delivery: "Replayable",
      item: Arbitrary.schema(Item),
      make: make(follow),
      endless: follow,
      maxRecords: 20,
      runs: 8,
      // A server says neither what was taken of a result nor which connection of the pool a receiver is on.
      unobservable: ["taken", "open"]
    })
    for (const law of laws) it.effect(`${follow ? "that follow" : "that end"}: ${law.name}`, () => Effect.scoped(law.check))
  }
}))
