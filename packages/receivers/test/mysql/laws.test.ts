import { describe, layer } from "@effect/vitest"
import { ReceiverLaws } from "@millrace/core/testing"
import * as MySql from "@millrace/receivers/MySql"
import { Arbitrary, Effect, Schema } from "effect"
import { database, freshName, isMissing } from "./database.ts"

const name = freshName()
let tables = 0

const Item = Schema.Struct({ word: Schema.Literals(["", "a", "two words", "é\u2028€"]), n: Schema.BigInt })
const item = Arbitrary.map(
  Arbitrary.all([Arbitrary.schema(Item.fields.word), Arbitrary.schema(Schema.Int)]),
  ([word, n]) => ({ word, n: BigInt(n) * 1_000n })
)

/** The records in a table of their own, under a cursor of two columns of which the first has ties. */
const make = (follow: boolean) => (records: ReadonlyArray<typeof Item.Type>) =>
  Effect.gen(function*() {
    const sql = yield* MySql.MySqlClient
    const table = `${name}.t${++tables}`
    yield* sql`create table ${sql(table)} (at datetime(6), id bigint, word varchar(20), n bigint, primary key (at, id)) character set utf8mb4`
    const rows = records.map((record, index) => ({ at: new Date(1_700_000_000_000 + Math.floor(index / 3)), id: index, ...record }))
    yield* sql.withTransaction(Effect.forEach(rows, (row) => sql`insert into ${sql(table)} ${sql.insert({ ...row })}`, { discard: true }))
    const receiver = MySql.rows({
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

describe.skipIf(isMissing)("MySQL", () => layer(database(name), { timeout: "60 seconds", excludeTestServices: true })("rows keep the laws of receivers", (it) => {
  for (const follow of [false, true]) {
    const laws = ReceiverLaws.all({
      delivery: "Replayable",
      item,
      make: make(follow),
      endless: follow,
      maxRecords: 20,
      runs: 5,
      // A server says neither what was taken of a result nor which connection of the pool a receiver is on.
      unobservable: ["taken", "open"]
    })
    for (const law of laws) it.effect(`${follow ? "that follow" : "that end"}: ${law.name}`, () => Effect.scoped(law.check))
  }
}))
