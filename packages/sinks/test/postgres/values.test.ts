import { assert, describe, layer } from "@effect/vitest"
import { Batch } from "@millrace/core"
import * as Postgres from "@millrace/sinks/Postgres"
import { Arbitrary, DateTime, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { database, freshName, isMissing } from "./database.ts"

const schema = freshName()
const commitTable = `${schema}.batches`
let tables = 0

/** Writes the values to a table of one column of the type, and reads what the server makes of them as text. */
const stored = (type: string, values: ReadonlyArray<unknown>) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient
    const table = `${schema}.t${++tables}`
    yield* sql`create table ${sql(table)} (place bigserial, value ${sql.literal(type)})`
    const sink = Postgres.insert({ table, commitTable, row: (value: unknown) => ({ value }) })
    const writer = yield* sink.open({ pipeline: "values", output: table, epoch: 1 })
    yield* writer.commit(Batch.make(1, 1000, values))
    const rows = yield* sql<{ readonly value: string | null }>`select value::text as value from ${sql(table)} order by place`
    return rows.map(({ value }) => value)
  })

const midnight = new Date(Date.UTC(2026, 0, 2))

const cases: ReadonlyArray<readonly [type: string, values: ReadonlyArray<unknown>, texts: ReadonlyArray<string | null>]> = [
  ["smallint", [1, null, undefined, -2], ["1", null, null, "-2"]],
  ["bigint", [9007199254740993n, 1], ["9007199254740993", "1"]],
  ["numeric(6,2)", ["12.345", 1.005, 7n], ["12.35", "1.01", "7.00"]],
  ["double precision", [1, 0.1, -0, NaN, -Infinity, 5e-324], ["1", "0.1", "-0", "NaN", "-Infinity", "5e-324"]],
  ["boolean", [true, false, null], ["true", "false", null]],
  ["text", ["", "NULL", "{a,\"b\"\\c}", "ä😀\n\t'", null], ["", "NULL", "{a,\"b\"\\c}", "ä😀\n\t'", null]],
  // Of one kind they go as they are, and from the first of another kind on all as text.
  ["integer", [1, 2147483647, "3", 4n, null, 5], ["1", "2147483647", "3", "4", null, "5"]],
  ["bigint", [null, 5, -9223372036854775808n], [null, "5", "-9223372036854775808"]],
  ["timestamptz", [new Date("0044-03-15T12:00:00.001Z"), "infinity"], ["0044-03-15 12:00:00.001+00", "infinity"]],
  ["timestamp", [new Date("2026-03-29T01:30:00.789Z"), null], ["2026-03-29 01:30:00.789", null]],
  ["varchar(3)", ["abc"], ["abc"]],
  ["char(3)", ["abc", "a"], ["abc", "a"]],
  ["\"char\"", ["x"], ["x"]],
  ["bit(3)", ["101"], ["101"]],
  ["bytea", [new Uint8Array([0, 92, 255]), new Uint8Array(0)], ["\\x005cff", "\\x"]],
  ["date", [midnight, "2026-03-04"], ["2026-01-02", "2026-03-04"]],
  ["timestamp", [midnight], ["2026-01-02 00:00:00"]],
  ["timestamp", [DateTime.makeUnsafe(midnight)], ["2026-01-02 00:00:00"]],
  ["uuid", ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"], ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]],
  ["interval", ["90 minutes"], ["01:30:00"]],
  ["jsonb", [{ a: [1, "x\"y"] }, "text", 1, [1], true, null], ["{\"a\": [1, \"x\\\"y\"]}", "\"text\"", "1", "[1]", "true", null]],
  ["json", [{ a: null }], ["{\"a\":null}"]],
  ["integer[]", [[1, 2], [], [null, 3], [[1, 2], [3, 4]]], ["{1,2}", "{}", "{NULL,3}", "{{1,2},{3,4}}"]],
  ["text[]", [["a", "b,c", "\"", "NULL", ""]], ["{a,\"b,c\",\"\\\"\",\"NULL\",\"\"}"]],
  ["int4range", ["[1,5)"], ["[1,5)"]]
]

describe.skipIf(isMissing)("values in PostgreSQL", () =>
  layer(database(schema), { timeout: "60 seconds", excludeTestServices: true })((it) => {
    for (const [type, values, texts] of cases) {
      it.effect(`${type} takes ${values.map((value) => typeof value).join(", ")}`, () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* stored(type, values), texts)
        }))
    }

    it.effect("any text comes back as it was", () =>
      Effect.gen(function*() {
        const text = Arbitrary.schema(Schema.String.check(Schema.isPattern(/^[^\0\ud800-\udfff]*$/)))
        const checked = yield* Arbitrary.checkEffect(Arbitrary.array(text, { minLength: 1 }), (texts) =>
          Effect.gen(function*() {
            const plain = yield* stored("text", texts)
            const json = yield* stored("jsonb", texts)
            return texts.every((each, at) => each === plain[at] && each === JSON.parse(json[at] ?? "null"))
          }), { runs: 20 })
        assert.strictEqual(checked._tag, "Passed", JSON.stringify(checked))
      }))

    it.effect("a domain, an enumeration and a quoted name are columns like others; a default fills what rows do not name", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient
        yield* sql`create domain ${sql(`${schema}.positive`)} as integer check (value > 0)`
        yield* sql`create type ${sql(`${schema}.Colour`)} as enum ('red', 'green')`
        yield* sql`create table ${sql(`${schema}.Odd name`)} (
          "a b" ${sql(`${schema}.positive`)}, "Select" ${sql(`${schema}.Colour`)}, other text default 'filled')`
        const sink = Postgres.insert({
          table: `${schema}.Odd name`,
          commitTable,
          row: (n: number) => ({ "a b": n, "Select": n > 1 ? "red" : "green" })
        })
        const writer = yield* sink.open({ pipeline: "values", output: "odd", epoch: 1 })
        yield* writer.commit(Batch.make(1, 1000, [1, 2]))
        assert.deepStrictEqual(yield* sql`select * from ${sql(`${schema}.Odd name`)} order by 1`, [
          { "a b": 1, Select: "green", other: "filled" },
          { "a b": 2, Select: "red", other: "filled" }
        ])
        const error = yield* Effect.flip(writer.commit(Batch.make(2, 2000, [0])))
        assert.deepStrictEqual(error.reason, { _tag: "Rejected", code: "23514", constraint: undefined })
      }))

    const refused = [
      ["a text that is too long", "varchar(2)", "abc", { _tag: "Rejected", code: "22001", constraint: undefined }],
      ["a text that is no number", "integer", "abc", { _tag: "Rejected", code: "22P02", constraint: undefined }],
      ["NUL", "text", "a\0", { _tag: "Rejected", code: "22021", constraint: undefined }],
      ["an invalid date", "timestamp", new Date(NaN), { _tag: "Unencodable", column: "value" }],
      ["a bigint in JSON", "jsonb", { n: 1n }, { _tag: "Unencodable", column: "value" }]
    ] as const
    for (const [title, type, value, reason] of refused) {
      it.effect(`${title} is refused, for good`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(stored(type, [value]))
          assert(error instanceof Postgres.PostgresError)
          assert.deepStrictEqual(error.reason, reason)
          assert.isFalse(error.isRetryable)
        }))
    }

    it.effect("a column that the table does not have is refused, for good", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient
        const table = `${schema}.narrow`
        yield* sql`create table ${sql(table)} (a text)`
        const sink = Postgres.insert({ table, commitTable, row: (a: string) => ({ a, b: a }) })
        const writer = yield* sink.open({ pipeline: "values", output: "narrow", epoch: 1 })
        const error = yield* Effect.flip(writer.commit(Batch.make(1, 1000, ["x"])))
        assert.deepStrictEqual(error.reason, { _tag: "Rejected", code: "42703", constraint: undefined })
      }))

    it.effect("rows of a key that is a time or nothing are told apart as the server does", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient
        const table = `${schema}.times`
        yield* sql`create table ${sql(table)} (at timestamptz unique, n bigint)`
        type Item = readonly [at: Date | null, n: bigint]
        const sink = Postgres.upsert({ table, commitTable, key: ["at"], row: ([at, n]: Item) => ({ at, n }) })
        const writer = yield* sink.open({ pipeline: "values", output: "times", epoch: 1 })
        yield* writer.commit(Batch.make<Item>(1, 1000, [[midnight, 1n], [null, 2n], [new Date(midnight), 3n], [null, 4n]]))
        assert.deepStrictEqual(yield* sql`select at, n::integer as n from ${sql(table)} order by n`, [
          { at: null, n: 2 },
          { at: midnight, n: 3 },
          { at: null, n: 4 }
        ])
      }))
  }))
