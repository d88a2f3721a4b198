import { describe, layer } from "@effect/vitest"
import { SinkLaws } from "@millrace/core/testing"
import * as MySql from "@millrace/sinks/MySql"
import { Arbitrary, Effect, Schema } from "effect"
import { database, freshName, isMissing } from "./database.ts"

const schema = freshName()
let tables = 0

const Item = Schema.Struct({ word: Schema.String.check(Schema.isPattern(/^[^\0\ud800-\udfff]*$/)), n: Schema.Finite })
const item = Arbitrary.map(Arbitrary.schema(Item), ({ n, word }) => ({ word, n: n + 0 }))

/** A table of its own for each run of a law, and a table of batches with it. */
const table = Effect.gen(function*() {
  const sql = yield* MySql.MySqlClient
  const name = `${schema}.t${++tables}`
  yield* sql`create table ${sql(name)} (place bigint auto_increment primary key, word varchar(700) character set utf8mb4 collate utf8mb4_bin not null, n double precision not null)`
  const read = Effect.map(
    Effect.orDie(sql<typeof Item.Type>`select word, n from ${sql(name)} order by place`),
    (rows) => rows.map(({ n, word }) => ({ word, n }))
  )
  return { name, commitTable: `${name}_batches`, read }
}).pipe(Effect.orDie)

describe.skipIf(isMissing)("MySQL", () => layer(database(schema), { timeout: "60 seconds", excludeTestServices: true })("the laws of sinks hold", (it) => {
  const inserted = SinkLaws.all({
    commitClass: "Transactional",
    item,
    make: Effect.map(table, ({ commitTable, name, read }) => ({
      sink: MySql.insert({ table: name, commitTable, row: (row: typeof Item.Type) => row }),
      read
    })),
    runs: 2
  })
  for (const law of inserted) it.effect(`for insert: ${law.name}`, () => law.check)

  const upserted = SinkLaws.all({
    commitClass: "Transactional",
    item: Arbitrary.map(Arbitrary.all([Arbitrary.schema(Schema.Literals(["a", "b", "c"])), item]), ([word, { n }]) => ({ word, n })),
    make: Effect.gen(function*() {
      const { commitTable, name, read } = yield* table
      const sql = yield* MySql.MySqlClient
      yield* Effect.orDie(sql`alter table ${sql(name)} add unique (word)`)
      return { sink: MySql.upsert({ table: name, commitTable, row: (row: typeof Item.Type) => row, key: ["word"] }), read }
    }),
    holds: (batches) => [...new Map(batches.flatMap(({ items }) => items.map((each) => [each.word, each]))).values()],
    unordered: true,
    runs: 2
  })
  for (const law of upserted) {
    // Two outputs that write the same rows are not apart, and are not meant to be.
    if (law.name !== "takes no output for another") it.effect(`for upsert: ${law.name}`, () => law.check)
  }

  const inTransaction = SinkLaws.all({
    commitClass: "Transactional",
    item,
    make: Effect.map(table, ({ commitTable, name, read }) => ({
      sink: MySql.transaction(
        (sql, batch: { readonly items: ReadonlyArray<typeof Item.Type> }) =>
          Effect.forEach(batch.items, (row) => sql`insert into ${sql(name)} ${sql.insert(row)}`),
        { commitTable }
      ),
      read
    })),
    runs: 2
  })
  for (const law of inTransaction) it.effect(`for transaction: ${law.name}`, () => law.check)
}))
